"""
A component on slixmpp (XEP-0114), and an administrator who uses its ad-hoc client (XEP-0050, XEP-0133). Tells what happens
as JSON lines; see component.test.ts.
"""

import asyncio
import json
import ssl
import sys

import slixmpp
from slixmpp.componentxmpp import ComponentXMPP


def tell(event, **facts):
    print(json.dumps({"event": event, **facts}), flush=True)


class Echo(ComponentXMPP):
    """Says back what it hears, lets everybody see it, and answers disco and ping."""

    def __init__(self, jid, secret, port):
        super().__init__(jid, secret, "127.0.0.1", port)
        for plugin in ("xep_0030", "xep_0199"):
            self.register_plugin(plugin)
        self["xep_0030"].add_identity("gateway", "irc", "Echo")
        self.add_event_handler("session_start", lambda _: tell("online", jid=str(self.boundjid)))
        self.add_event_handler("disconnected", lambda _: tell("left"))
        self.add_event_handler("stream_error", lambda e: tell("refused", because=e["condition"]))
        self.add_event_handler("message", self.said)
        self.add_event_handler("presence_subscribe", self.asked)

    def said(self, message):
        if message["type"] in ("chat", "normal") and message["body"]:
            tell("message", body=message["body"], **{"from": str(message["from"])})
            self.send_message(mto=message["from"], mfrom=message["to"], mtype="chat", mbody=message["body"][::-1])

    def asked(self, presence):
        for kind in ("subscribed", "subscribe"):
            self.send_presence(pto=presence["from"].bare, pfrom=presence["to"].bare, ptype=kind)
        self.send_presence(pto=presence["from"].bare, pfrom=f"{presence['to'].bare}/echo", pshow="chat")


class Admin(slixmpp.ClientXMPP):
    def __init__(self, jid, password, work):
        # Signing in is for slixmpp_device.py to show; this is the way without channel binding.
        super().__init__(jid, password, plugin_config={"feature_mechanisms": {"use_mech": "PLAIN"}})
        self.ssl_context.check_hostname = False
        self.ssl_context.verify_mode = ssl.CERT_NONE
        for plugin in ("xep_0004", "xep_0030", "xep_0050", "xep_0133"):
            self.register_plugin(plugin)
        self.work = work
        self.add_event_handler("session_start", self.start)
        self.add_event_handler("failed_auth", lambda _: tell("refused", because="not-authorized"))

    async def start(self, _):
        found = await self["xep_0050"].get_commands(jid=self.boundjid.domain)
        tell("commands", nodes=sorted(item[1] for item in found["disco_items"]["items"]))
        try:
            for order in self.work:
                await self.run(**order)
            tell("done")
        except Exception as failure:
            tell("failed", because=repr(failure))
        self.disconnect()

    async def run(self, node, fields=None, action=None):
        """One command to its end, by whatever the answers say can be done next."""
        ended = asyncio.get_event_loop().create_future()

        def next(iq, session):
            command = iq["command"]
            form = command["form"]
            names = [name for name, field in form.get_fields().items() if field["type"] != "hidden"]
            tell("stage", node=node, status=command["status"], fields=names, allowed=sorted(command["actions"]))
            if command["status"] != "executing":
                values = {name: field["value"] for name, field in form.get_fields().items()}
                ended.set_result(("result", command["status"], [note[1] for note in command["notes"]], values))
                return
            if action == "cancel":
                self["xep_0050"].cancel_command(session)
                return
            form["type"] = "submit"
            for name, value in (fields or {}).items():
                form.get_fields()[name]["value"] = value
            session["payload"] = form
            session["next"] = next
            self["xep_0050"].complete_command(session)

        def error(iq, session):
            condition = iq["error"]["condition"]
            if not ended.done():
                ended.set_result(("error", condition, [iq["error"]["text"]], {}))

        session = {"next": next, "error": error, "cancel": next}
        self["xep_0050"].start_command(jid=self.boundjid.domain, node=node, session=session)
        kind, status, notes, values = await asyncio.wait_for(ended, 15)
        tell(kind, node=node, status=status, notes=notes, values=values)


def main():
    order = json.loads(sys.stdin.readline())
    if order["as"] == "component":
        program = Echo(order["jid"], order["secret"], order["port"])
        program.connect()
    else:
        program = Admin(order["jid"], order["password"], order["work"])
        program.connect(("127.0.0.1", order["port"]), disable_starttls=False)
    if order["as"] == "component":
        # Until nobody wants it any more.
        program.loop.add_reader(sys.stdin, lambda: sys.stdin.readline() or program.loop.stop())
        program.loop.run_forever()
    else:
        program.process(forever=False)


main()
