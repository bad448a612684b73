"""One device on slixmpp. Takes commands and gives events as JSON lines; see device.ts."""

import asyncio
import json
import logging
import ssl
import sys

import slixmpp


def tell(event, **facts):
    print(json.dumps({"event": event, **facts}), flush=True)


class Device(slixmpp.ClientXMPP):
    def __init__(self, order):
        mechanism = order.get("mechanism")
        config = {"feature_mechanisms": {"use_mech": mechanism, "sasl_callback": self.unbound} if mechanism else {}}
        super().__init__(order["jid"], order["password"], plugin_config=config)
        self.auto_authorize = None
        self.auto_subscribe = False
        self.ssl_context.check_hostname = False
        self.ssl_context.verify_mode = ssl.CERT_NONE
        for plugin in ("xep_0030", "xep_0198", "xep_0199", "xep_0203", "xep_0280"):
            self.register_plugin(plugin)
        self.add_event_handler("session_start", self.start)
        self.add_event_handler("failed_auth", lambda _: tell("refused"))
        self.add_event_handler("disconnected", lambda _: tell("left"))
        self.add_event_handler("message", self.message)
        self.add_event_handler("carbon_received", lambda m: self.copy("received", m["carbon_received"]))
        self.add_event_handler("carbon_sent", lambda m: self.copy("sent", m["carbon_sent"]))
        for kind, event in (("subscribe", "asked"), ("subscribed", "approved"), ("unavailable", "absent")):
            self.add_event_handler(f"presence_{kind}", lambda p, event=event: tell(event, jid=str(p["from"])))
        self.add_event_handler("presence_available", lambda p: tell("present", jid=str(p["from"])))

    def unbound(self, required, optional):
        """
        Of channel bindings it knows tls-unique alone, which TLS 1.3 does not have, and yet it takes Python's word that
        there is one: told to use a mechanism without binding it would claim that the server offers none with
        binding, and the server has to take that for an attack (RFC 5802 section 6).
        """
        known = self["feature_mechanisms"]._default_credentials(required, optional)
        return {**known, "channel_binding": None} if "channel_binding" in known else known

    async def start(self, _):
        roster = await self.get_roster()
        contacts = {str(item["jid"]): item["subscription"] for item in roster["roster"]}
        await self["xep_0280"].enable()
        self.send_presence()
        mechanism = self["feature_mechanisms"].mech.name
        tell("online", jid=str(self.boundjid), mechanism=mechanism, contacts=contacts,
             resumable=bool(self["xep_0198"].sm_id))

    def message(self, message):
        if message["body"] and message["type"] in ("chat", "normal"):
            way = "offline" if message.get_plugin("delay", check=True) else "direct"
            tell("message", way=way, body=message["body"], **{"from": str(message["from"])})

    def copy(self, way, message):
        tell("message", way=way, body=message["body"], **{"from": str(message["from"])})

    def obey(self, order):
        what, to = order["do"], order.get("to")
        if what == "subscribe":
            self.send_presence_subscription(pto=to, ptype="subscribe")
        elif what == "approve":
            self.send_presence_subscription(pto=to, ptype="subscribed")
        elif what == "say":
            self.send_message(mto=to, mbody=order["body"], mtype="chat")
        elif what == "leave":
            self.disconnect()


async def main():
    reader = asyncio.StreamReader()
    await asyncio.get_event_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    device = None
    while line := await reader.readline():
        order = json.loads(line)
        if order["do"] == "connect":
            device = Device(order)
            direct = order["direct"]
            device.connect((order["host"], order["port"]), use_ssl=direct, force_starttls=not direct,
                           disable_starttls=direct)
        else:
            device.obey(order)


logging.basicConfig(level=logging.WARNING, stream=sys.stderr)
asyncio.get_event_loop().run_until_complete(main())
