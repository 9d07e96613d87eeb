"""docs/node.md: its programs for Express and Fastify, as they stand there, keep the contract of a protected API."""
import node_package
from contract import Api, Contract
from harness.case import RecantTest
from harness.document import Document


class Guide(Contract):
    """`program` is the one that runs; all of them are written as the page has them."""

    @classmethod
    def setUpClass(cls):
        cls.modules = node_package.frameworks()
        cls.folder = node_package.project(cls)
        page = Document("node.md")
        page.next("sh")
        for title in ("bearer.js", "express.js", "fastify.js"):
            page.write_next(cls.folder, "js", title)
        page.finished()
        super().setUpClass()

    @classmethod
    def start_api(cls, recant, **environment):
        return Api(["node", cls.program], recant, recant.server.url, cwd=cls.folder, NODE_PATH=cls.modules, **environment)


class Express(Guide, RecantTest):
    program = "express.js"


class Fastify(Guide, RecantTest):
    program = "fastify.js"
