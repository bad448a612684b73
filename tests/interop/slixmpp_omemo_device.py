"""
One device on slixmpp that encrypts with OMEMO of today (XEP-0384 in urn:xmpp:omemo:2, with the envelopes of XEP-0420), by
the libraries python-omemo and twomemo. Takes commands and gives events as JSON lines; see device.ts.
"""

import asyncio
import json
import secrets
import ssl
import sys
import xml.etree.ElementTree as ET

import omemo
import slixmpp
import twomemo
import twomemo.etree
from omemo.storage import Just, Nothing, Storage
from slixmpp.exceptions import IqError

NS = twomemo.twomemo.NAMESPACE
DEVICES, BUNDLES = f"{NS}:devices", f"{NS}:bundles"
SCE = "urn:xmpp:sce:1"
CLIENT = "jabber:client"


def tell(event, **facts):
    print(json.dumps({"event": event, **facts}), flush=True)


class Memory(Storage):
    """What the device keeps while it is away."""

    def __init__(self):
        super().__init__(disable_cache=True)
        self.values = {}

    async def _load(self, key):
        return Just(self.values[key]) if key in self.values else Nothing()

    async def _store(self, key, value):
        self.values[key] = value

    async def _delete(self, key):
        self.values.pop(key, None)


def sealed_in(body, sender, to):
    """XEP-0420: text and whatever else says something, together, with padding."""
    envelope = ET.Element(f"{{{SCE}}}envelope")
    content = ET.SubElement(envelope, f"{{{SCE}}}content")
    ET.SubElement(content, f"{{{CLIENT}}}body").text = body
    ET.SubElement(envelope, f"{{{SCE}}}rpad").text = secrets.token_urlsafe(60)
    ET.SubElement(envelope, f"{{{SCE}}}from", jid=sender)
    ET.SubElement(envelope, f"{{{SCE}}}to", jid=to)
    return ET.tostring(envelope)


class Device(slixmpp.ClientXMPP):
    def __init__(self, order, memory):
        super().__init__(order["jid"], order["password"])
        self.memory = memory
        self.ready = asyncio.Event()
        self.ssl_context.check_hostname = False
        self.ssl_context.verify_mode = ssl.CERT_NONE
        for plugin in ("xep_0004", "xep_0030", "xep_0060", "xep_0115", "xep_0163", "xep_0199", "xep_0280", "xep_0313"):
            self.register_plugin(plugin)
        self.back = order["do"] == "return"
        self.add_event_handler("session_start", self.start)
        self.add_event_handler("disconnected", lambda _: tell("left"))
        self.add_event_handler("pubsub_publish", self.published)
        self.add_event_handler("carbon_received", lambda m: self.arrived("received", m["carbon_received"]))
        self.add_event_handler("carbon_sent", lambda m: self.arrived("sent", m["carbon_sent"]))
        self.register_handler(slixmpp.xmlstream.handler.Callback(
            "encrypted", slixmpp.xmlstream.matcher.MatchXPath(f"{{{CLIENT}}}message/{{{NS}}}encrypted"),
            lambda m: self.arrived("direct", m)))

    async def start(self, _):
        await self.get_roster()
        await self["xep_0280"].enable()
        self["xep_0163"].add_interest(DEVICES)
        self.sessions = await manager_of(self).create(
            [twomemo.Twomemo(self.memory)], self.memory, self.boundjid.bare, "kit", "blind")
        await self.sessions.ensure_data_consistency()
        self.ready.set()
        self.send_presence()
        own, _ = await self.sessions.get_own_device_information()
        tell("online", jid=str(self.boundjid), device=str(own.device_id))
        if self.back:
            self.sessions.before_history_sync()
            async for message in self["xep_0313"].iterate(rsm={"max": 100}):
                await self.read("archive", message["mam_result"]["forwarded"]["stanza"])
            await self.sessions.after_history_sync()

    def published(self, message):
        asyncio.ensure_future(self.learn(message))

    async def learn(self, message):
        await self.ready.wait()
        items = message["pubsub_event"]["items"]
        if items["node"] != DEVICES:
            return
        for item in items:
            devices = twomemo.etree.parse_device_list(item["payload"])
            await self.sessions.update_device_list(NS, message["from"].bare, devices)
            tell("present", jid=message["from"].bare, devices=" ".join(sorted(map(str, devices))))

    def arrived(self, way, message):
        asyncio.ensure_future(self.read(way, message))

    async def read(self, way, message):
        element = message.xml.find(f"{{{NS}}}encrypted")
        if element is None:
            return
        await self.ready.wait()
        sender = message["from"].bare
        try:
            content, _, _ = await self.sessions.decrypt(twomemo.etree.parse_message(element, sender))
        except omemo.MessageNotForUs:
            return
        except Exception as error:
            tell("message", way=way, body=f"{type(error).__name__}: {error}", **{"from": str(message["from"])})
            return
        if content is None:
            return
        envelope = ET.fromstring(content)
        assert envelope.find(f"{{{SCE}}}from").get("jid") == sender
        assert envelope.find(f"{{{SCE}}}to").get("jid") == message["to"].bare
        tell("message", way=way, body=envelope.findtext(f"{{{SCE}}}content/{{{CLIENT}}}body"),
             **{"from": str(message["from"])})

    async def say(self, to, body):
        await self.sessions.refresh_device_list(NS, to)
        plain = sealed_in(body, self.boundjid.bare, to)
        messages, problems = await self.sessions.encrypt(frozenset({to}), {NS: plain})
        for problem in problems:
            tell("message", way="direct", body=f"{type(problem).__name__}: {problem}")
        for message in messages:
            self.dispatch(message, to)

    def dispatch(self, message, to):
        stanza = self.make_message(mto=to, mtype="chat")
        stanza.xml.append(twomemo.etree.serialize_message(message))
        if not message.content.empty:
            stanza.xml.append(ET.fromstring("<store xmlns='urn:xmpp:hints'/>"))
        stanza.send()

    async def publish(self, node, item, payload, **options):
        form = self["xep_0004"].make_form(ftype="submit")
        form.add_field(var="FORM_TYPE", ftype="hidden", value="http://jabber.org/protocol/pubsub#publish-options")
        for name, value in options.items():
            form.add_field(var=f"pubsub#{name}", value=value)
        await self["xep_0060"].publish(self.boundjid.bare, node, id=item, payload=payload, options=form)


def manager_of(client):
    class Sessions(omemo.SessionManager):
        @staticmethod
        async def _upload_bundle(bundle):
            payload = twomemo.etree.serialize_bundle(bundle)
            await client.publish(BUNDLES, str(bundle.device_id), payload, max_items="max", access_model="open")

        @staticmethod
        async def _download_bundle(namespace, bare_jid, device_id):
            try:
                answer = await client["xep_0060"].get_item(bare_jid, BUNDLES, str(device_id))
            except IqError as error:
                raise omemo.BundleNotFound(str(error.condition))
            for item in answer["pubsub"]["items"]:
                if item["id"] == str(device_id):
                    return twomemo.etree.parse_bundle(item["payload"], bare_jid, device_id)
            raise omemo.BundleNotFound("the answer does not hold it")

        @staticmethod
        async def _delete_bundle(namespace, device_id):
            await client["xep_0060"].retract(client.boundjid.bare, BUNDLES, str(device_id), notify=True)

        @staticmethod
        async def _upload_device_list(namespace, device_list):
            payload = twomemo.etree.serialize_device_list(device_list)
            await client.publish(DEVICES, "current", payload, access_model="open")

        @staticmethod
        async def _download_device_list(namespace, bare_jid):
            try:
                answer = await client["xep_0060"].get_items(bare_jid, DEVICES)
            except IqError as error:
                if error.condition == "item-not-found":
                    return {}
                raise omemo.DeviceListDownloadFailed(str(error.condition))
            for item in answer["pubsub"]["items"]:
                return twomemo.etree.parse_device_list(item["payload"])
            return {}

        async def _evaluate_custom_trust_level(self, device):
            return omemo.TrustLevel.TRUSTED

        async def _make_trust_decision(self, undecided, identifier):
            raise omemo.TrustDecisionFailed("everybody is trusted")

        @staticmethod
        async def _send_message(message, bare_jid):
            client.dispatch(message, bare_jid)

    return Sessions


async def main():
    reader = asyncio.StreamReader()
    await asyncio.get_event_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    device, memory, first = None, Memory(), None
    while line := await reader.readline():
        order = json.loads(line)
        what = order["do"]
        if what in ("connect", "return"):
            first = first or order
            device = Device({**first, "do": what}, memory)
            device.connect((first["host"], first["port"]))
        elif what == "say":
            await device.say(order["to"], order["body"])
        elif what == "subscribe":
            device.send_presence_subscription(pto=order["to"], ptype="subscribe")
        elif what == "approve":
            device.send_presence_subscription(pto=order["to"], ptype="subscribed")
        elif what == "leave":
            await device.disconnect()


asyncio.get_event_loop().run_until_complete(main())
