"""One device on nbxmpp, the library under Gajim. Takes commands and gives events as JSON lines; see device.ts."""

import json
import logging
import os
import sys

import gi

gi.require_version("Soup", "3.0")

from gi.repository import GLib
from nbxmpp.client import Client
from nbxmpp.const import ConnectionProtocol, ConnectionType
from nbxmpp.protocol import JID, Iq, Message, Presence
from nbxmpp.structs import StanzaHandler


def tell(event, **facts):
    print(json.dumps({"event": event, **facts}), flush=True)


class Device:
    def __init__(self, order):
        jid = JID.from_string(order["jid"])
        self.client = client = Client("device")
        client.set_domain(jid.domain)
        client.set_username(jid.localpart)
        client.set_resource(jid.resource)
        client.set_password(order["password"])
        client.set_ignore_tls_errors(True)
        kind = ConnectionType.DIRECT_TLS if order["direct"] else ConnectionType.START_TLS
        client.set_custom_host(f"{order['host']}:{order['port']}", ConnectionProtocol.TCP, kind)
        if order.get("mechanism"):
            client.set_mechs({order["mechanism"]})
        client.subscribe("connected", self.connected)
        client.subscribe("disconnected", self.disconnected)
        client.subscribe("connection-failed", self.disconnected)
        client.register_handler(StanzaHandler(name="presence", callback=self.presence, priority=60))
        client.register_handler(StanzaHandler(name="message", callback=self.message, priority=60))
        client.connect()

    def connected(self, *_):
        copies = Iq("set", "urn:xmpp:carbons:2")
        copies.getQuery().setName("enable")
        self.client.send_stanza(copies)
        self.client.get_module("Roster").request_roster(callback=self.roster)

    def roster(self, task):
        contacts = {str(item.jid): item.subscription for item in task.finish().items}
        self.client.send_stanza(Presence())
        tell("online", jid=str(self.client.get_bound_jid()), contacts=contacts,
             mechanism=self.client._sasl._mechanism.name, resumable=self.client.resumeable)

    def disconnected(self, *_):
        _, condition, _ = self.client.get_error()
        tell("refused" if condition == "not-authorized" else "left", why=condition)

    def presence(self, _client, stanza, properties):
        events = {None: "present", "unavailable": "absent", "subscribe": "asked", "subscribed": "approved"}
        event = events.get(stanza.getType())
        if event:
            tell(event, jid=str(stanza.getFrom()))

    def message(self, _client, stanza, properties):
        if not properties.body:
            return
        way = "direct"
        if properties.is_carbon_message:
            way = "sent" if properties.carbon.is_sent else "received"
        elif stanza.getTag("delay", namespace="urn:xmpp:delay"):
            way = "offline"
        tell("message", way=way, body=properties.body, **{"from": str(stanza.getFrom())})

    def obey(self, order):
        what, to = order["do"], order.get("to")
        if what == "subscribe":
            self.client.get_module("BasePresence").subscribe(to)
        elif what == "approve":
            self.client.get_module("BasePresence").subscribed(to)
        elif what == "say":
            self.client.send_stanza(Message(to=to, body=order["body"], typ="chat"))
        elif what == "leave":
            self.client.disconnect()


class Orders:
    def __init__(self, loop):
        self.loop = loop
        self.device = None
        self.pending = b""

    def read(self, _channel, _condition):
        data = os.read(0, 65536)
        if not data:
            self.loop.quit()
            return False
        *lines, self.pending = (self.pending + data).split(b"\n")
        for line in lines:
            self.obey(json.loads(line))
        return True

    def obey(self, order):
        if order["do"] == "connect":
            self.device = Device(order)
        else:
            self.device.obey(order)


logging.basicConfig(level=logging.WARNING, stream=sys.stderr)
main = GLib.MainLoop()
GLib.io_add_watch(0, GLib.PRIORITY_DEFAULT, GLib.IOCondition.IN | GLib.IOCondition.HUP, Orders(main).read)
main.run()
