"""recant.Verifier.check_async() as it is installed: many at once, tasks that are cancelled, loops that are closed."""
import asyncio
import gc
import unittest
import weakref

from harness.process import wait_until
from python_case import PythonTest, Verdict, package


class Asyncio(PythonTest):
    def paused(self, **more):
        """A verifier whose Redis does not answer until go_on(), and a token that it has to ask about."""
        redis, recant, verifier = self.with_a_redis_of_its_own(redis_timeout="10s", **more)
        token = recant.sign_in().access
        redis.process.pause()
        self.addCleanup(redis.process.go_on)
        return redis.process, verifier, token

    def wait_until_nothing_is_kept(self):
        wait_until(lambda: not package.aio._waiting, "every check has been answered")

    def test_each_verdict(self):
        verifier = self.verifier()
        tokens, revoked = self.recant.sign_in(), self.recant.sign_in()
        self.recant.revoke(session=revoked.session)

        async def judge():
            self.assert_judged(await verifier.check_async(revoked.access), Verdict.REVOKED, "session")
            self.assert_judged(await verifier.check_async(tokens.access + "é"), Verdict.INVALID, "not_signed_by_us")
            for token in (tokens.access, tokens.access.encode()):  # asked, and then remembered
                checked = await verifier.check_async(token)
                self.assert_judged(checked, Verdict.VALID)
                self.assertEqual((checked.subject, checked.session), (tokens.user_id, tokens.session))
            with self.assertRaisesRegex(TypeError, "^token is "):
                await verifier.check_async(None)
            verifier.close()
            self.assert_judged(await verifier.check_async(tokens.access), Verdict.UNAVAILABLE)
        asyncio.run(judge())
        self.assertEqual(package.aio._waiting, {})

    def test_each_of_many_at_once_is_told_of_himself(self):
        verifier = self.verifier(cache_entries=0)
        people = [self.recant.open_session(f"person-{n}") for n in range(20)]

        async def judge():
            answers = await asyncio.gather(*(verifier.check_async(p.access) for _ in range(25) for p in people))
            self.assertEqual([a.session for a in answers], [p.session for _ in range(25) for p in people])
            self.assertTrue(all(answers))
        asyncio.run(judge())
        self.assertEqual(package.aio._waiting, {})

    def test_the_loop_goes_on_while_redis_is_silent(self):
        process, verifier, token = self.paused()

        async def judge():
            check = asyncio.create_task(verifier.check_async(token))
            await asyncio.sleep(0.05)
            self.assertFalse(check.done())
            process.go_on()  # which a loop that waits could not do
            self.assert_judged(await check, Verdict.VALID)
        asyncio.run(judge())

    def test_without_redis_it_is_unavailable_after_redis_timeout(self):
        redis, recant, verifier = self.with_a_redis_of_its_own()
        token = recant.sign_in().access
        redis.process.pause()
        self.addCleanup(redis.process.go_on)
        self.assert_judged(asyncio.run(verifier.check_async(token)), Verdict.UNAVAILABLE)

    def test_a_cancelled_task_is_cancelled_and_its_answer_goes_nowhere(self):
        process, verifier, token = self.paused()
        wrong = []

        async def judge():
            loop = asyncio.get_running_loop()
            loop.set_exception_handler(lambda _, context: wrong.append(context))
            tasks = [asyncio.create_task(verifier.check_async(token)) for _ in range(10)]
            await asyncio.sleep(0.01)
            for task in tasks[1:]:
                task.cancel()
            with self.assertRaises(TimeoutError):
                await asyncio.wait_for(verifier.check_async(token), 0.01)
            process.go_on()
            self.assert_judged(await tasks[0], Verdict.VALID)
            await asyncio.gather(*tasks[1:], return_exceptions=True)
            self.assertTrue(all(task.cancelled() for task in tasks[1:]))
            await asyncio.sleep(0.05)
        asyncio.run(judge())
        self.wait_until_nothing_is_kept()
        self.assertEqual(wrong, [])

    def test_an_answer_for_a_loop_that_is_closed_is_dropped(self):
        process, verifier, token = self.paused()
        loop = asyncio.new_event_loop()
        task = loop.create_task(verifier.check_async(token))
        loop.run_until_complete(asyncio.sleep(0.01))
        task.cancel()
        loop.run_until_complete(asyncio.gather(task, return_exceptions=True))
        loop.close()
        self.assertEqual(len(package.aio._waiting), 1)
        gone = weakref.ref(loop)
        del loop, task
        process.go_on()
        self.wait_until_nothing_is_kept()
        wait_until(lambda: gc.collect() is not None and gone() is None, "nothing holds the loop")
        wait_until(lambda: verifier.check(token), "the verifier goes on")

    def test_closing_ends_what_is_pending(self):
        process, verifier, token = self.paused()

        async def judge():
            check = asyncio.create_task(verifier.check_async(token))
            await asyncio.sleep(0.01)
            verifier.close()
            self.assert_judged(await check, Verdict.UNAVAILABLE)
        asyncio.run(judge())
        self.assertEqual(package.aio._waiting, {})


if __name__ == "__main__":
    unittest.main()
