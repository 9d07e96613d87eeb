"""Chromium, headless, through its own driver (W3C WebDriver): tabs of one browser share their cookies, as a person's do."""
import base64
import json
import os
import shutil
import tempfile
import urllib.error
import urllib.request

from harness import record
from harness.ports import free_port
from harness.process import Process, wait_until
from harness.recant import clean_environment

# It must not call home: nobody answers there, and the machine may have no network.
FLAGS = ("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync",
         "--disable-background-networking", "--disable-component-update", "--disable-dev-shm-usage",
         "--disable-background-timer-throttling", "--window-size=800,600")
_HERE = urllib.request.build_opener(urllib.request.ProxyHandler({}))


class Browser:
    def __init__(self):
        self.home = tempfile.mkdtemp(prefix="recant-browser-")
        self._session = None
        port = free_port()
        self._driver = f"http://127.0.0.1:{port}"
        self._process = Process(["chromedriver", f"--port={port}"], os.path.join(self.home, "log"),
                                clean_environment(HOME=self.home), cwd=self.home)
        try:
            wait_until(self._is_ready, "chromedriver answers", 30)
            self._begin()
        except BaseException:
            self.end()
            raise
        self._unused = [self.ask("GET", "/window")]

    def _is_ready(self):
        try:
            return self._call("GET", "/status")["ready"]
        except OSError:
            return False

    def _begin(self):
        flags = [*FLAGS, f"--user-data-dir={os.path.join(self.home, 'profile')}"]
        chromium = {"binary": "/usr/bin/chromium", "args": flags}
        wanted = {"browserName": "chrome", "goog:chromeOptions": chromium, "timeouts": {"script": 30_000}}
        begun = self._call("POST", "/session", {"capabilities": {"alwaysMatch": wanted}})
        self._session = begun["sessionId"]

    def _call(self, method, path, body=None):
        raw = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self._driver + path, raw, {"Content-Type": "application/json"}, method=method)
        try:
            with _HERE.open(request, timeout=60) as answer:
                return json.load(answer)["value"]
        except urllib.error.HTTPError as error:
            raise AssertionError(f"{method} {path}: {json.load(error)['value']['message']}") from None

    def ask(self, method, path, body=None):
        return self._call(method, f"/session/{self._session}{path}", body)

    def open(self, url):
        """In a tab of its own."""
        handle = self._unused.pop() if self._unused else self.ask("POST", "/window/new", {"type": "tab"})["handle"]
        tab = Tab(self, handle)
        tab.ask("POST", "/url", {"url": url})
        return tab

    def end(self):
        try:
            if self._session is not None:
                self.ask("DELETE", "")
        finally:
            self._process.end()
            shutil.rmtree(self.home, ignore_errors=True)


class Tab:
    def __init__(self, browser, handle):
        self._browser = browser
        self._handle = handle

    def ask(self, method, path, body=None):
        self._browser.ask("POST", "/window", {"handle": self._handle})
        return self._browser.ask(method, path, body)

    def run(self, script, *given):
        """What the script returns; it sees what is given as arguments[0] and so on."""
        return self.ask("POST", "/execute/sync", {"script": script, "args": given})

    def wait(self, promise):
        """What it comes to."""
        script = f"({promise}).then(arguments[0], error => arguments[0]('failed: ' + error))"
        return self.ask("POST", "/execute/async", {"script": script, "args": []})

    def text(self, name):
        """What a person reads of an element; nothing where it is hidden."""
        return self.run("""const element = document.getElementById(arguments[0]);
                           return element.checkVisibility() ? element.innerText : "" """, name)

    def shows(self, name, text):
        wait_until(lambda: text in self.text(name), f"#{name} shows {text!r}", 60)

    def click(self, selector):
        self.run("document.querySelector(arguments[0]).click()", selector)

    def cookies(self):
        """{name: cookie} of this page's host, those that no script sees included."""
        found = {cookie["name"]: cookie for cookie in self.ask("GET", "/cookie")}
        for cookie in found.values():
            record.current.secrets.note_text(cookie["value"].encode())
        return found

    def picture(self, path):
        with open(path, "wb") as file:
            file.write(base64.b64decode(self.ask("GET", "/screenshot")))
