"""Uploads a file with slixmpp's own plugin and fetches it by the link that it gives. Prints what came of it as JSON."""

import asyncio
import json
import ssl
import sys

import aiohttp
import slixmpp


class Sender(slixmpp.ClientXMPP):
    def __init__(self, order):
        super().__init__(order["jid"], order["password"])
        self.order = order
        self.result = asyncio.get_event_loop().create_future()
        self.ssl_context.check_hostname = False
        self.ssl_context.verify_mode = ssl.CERT_NONE
        for plugin in ("xep_0030", "xep_0128", "xep_0363"):
            self.register_plugin(plugin)
        self.add_event_handler("session_start", self.start)
        self.add_event_handler("failed_all_auth", lambda _: self.result.set_exception(Exception("signing in was refused")))

    async def start(self, _):
        try:
            self.result.set_result(await self.share())
        except Exception as error:
            self.result.set_result({"error": f"{type(error).__name__}: {error}"})

    async def share(self):
        order = self.order
        await self.find_service()
        url = await self["xep_0363"].upload_file(order["file"], content_type=order["type"])
        async with aiohttp.ClientSession() as session, session.get(url) as response:
            fetched = await response.read()
        with open(order["file"], "rb") as file:
            same = file.read() == fetched
        return {"url": str(url), "same": same, "type": response.headers["Content-Type"], "most": self["xep_0363"].max_file_size}


    async def find_service(self):
        """
        What the plugin itself does in version 1.8, which Python 3.11 no longer takes from it ("Passing coroutines is
        forbidden").
        """
        plugin, disco = self["xep_0363"], self["xep_0030"]
        for jid, _, _ in (await disco.get_items(jid=self.boundjid.domain))["disco_items"]["items"]:
            info = await disco.get_info(jid=jid)
            if "urn:xmpp:http:upload:0" in info["disco_info"]["features"]:
                plugin.upload_service = info["from"]
                for form in info["disco_info"].iterables:
                    if form["values"]["FORM_TYPE"] == ["urn:xmpp:http:upload:0"]:
                        plugin.max_file_size = int(form["values"]["max-file-size"])


async def main():
    order = json.loads(sys.stdin.readline())
    sender = Sender(order)
    sender.connect((order["host"], order["port"]))
    print(json.dumps(await sender.result), flush=True)
    await sender.disconnect()


asyncio.get_event_loop().run_until_complete(main())
