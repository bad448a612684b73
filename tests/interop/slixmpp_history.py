"""Reads a whole history with slixmpp's own plugins, in every way, and prints the texts that it found as JSON."""

import asyncio
import json
import ssl
import sys

import slixmpp


class Reader(slixmpp.ClientXMPP):
    def __init__(self, order):
        super().__init__(order["jid"], order["password"])
        self.order = order
        self.result = asyncio.get_event_loop().create_future()
        self.ssl_context.check_hostname = False
        self.ssl_context.verify_mode = ssl.CERT_NONE
        for plugin in ("xep_0030", "xep_0059", "xep_0297", "xep_0313", "xep_0359", "xep_0441"):
            self.register_plugin(plugin)
        self.add_event_handler("session_start", self.start)
        self.add_event_handler("failed_all_auth", lambda _: self.result.set_exception(Exception("signing in was refused")))

    async def start(self, _):
        try:
            self.result.set_result(await self.read())
        except Exception as error:
            self.result.set_result({"error": f"{type(error).__name__}: {error}"})

    async def all(self, **query):
        found = []
        async for message in self["xep_0313"].iterate(rsm={"max": 100}, **query):
            result = message["mam_result"]
            forwarded = result["forwarded"]
            found.append({"id": result["id"], "body": forwarded["stanza"]["body"], "stamp": forwarded["delay"]["stamp"]})
        return found

    async def read(self):
        mam = self["xep_0313"]
        info = await self["xep_0030"].get_info(jid=self.boundjid.bare)
        fields = await mam.get_fields()
        forwards = await self.all()
        third = len(forwards) // 3
        start, end = forwards[third]["stamp"], forwards[2 * third]["stamp"]
        metadata = await mam.get_archive_metadata()
        habit, _, _ = await self["xep_0441"].get_preferences()
        texts = lambda found: [each["body"] for each in found]
        return {
            "features": sorted(each for each in info["disco_info"]["features"] if "mam" in each),
            "fields": list(fields.get_fields().keys()),
            "preferences": habit,
            "metadata": [metadata["mam_metadata"]["start"]["id"], metadata["mam_metadata"]["end"]["id"]],
            "ids": [each["id"] for each in forwards],
            "forwards": texts(forwards),
            "backwards": texts(await self.all(reverse=True)),
            "contact": texts(await self.all(with_jid=slixmpp.JID(self.order["contact"]))),
            "time": texts(await self.all(start=start, end=end)),
            "expected": [each["body"] for each in forwards if start <= each["stamp"] <= end],
        }


async def main():
    order = json.loads(sys.stdin.readline())
    reader = Reader(order)
    reader.connect((order["host"], order["port"]))
    print(json.dumps(await reader.result), flush=True)
    await reader.disconnect()


asyncio.get_event_loop().run_until_complete(main())
