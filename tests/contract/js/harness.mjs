/**
 * Run named checks and tell each outcome as one line of JSON.
 *
 * A check that asserts nothing is a failure: it could not have failed. What a check may use to
 * assert is counted, and that count is the proof.
 */
import assert from 'node:assert/strict';

import { ApiError } from '@datocms/cma-client-node';

/** The assertions of one check, counted. */
class Assertions {
  made = 0;

  /** Expect two values to be the same, deeply. */
  same(actual, expected, message) {
    this.made += 1;
    assert.deepStrictEqual(actual, expected, message);
  }

  /** Expect something to be true. */
  ok(value, message) {
    this.made += 1;
    assert.ok(value, message);
  }

  /** Expect a text to match a pattern. */
  matches(text, pattern) {
    this.made += 1;
    assert.match(text, pattern);
  }

  /** Expect a value to hold the given members, whatever else it holds. */
  holds(actual, members) {
    for (const [name, expected] of Object.entries(members)) {
      this.same(actual[name], expected, `${name}: ${JSON.stringify(actual[name])}`);
    }
  }

  /** Expect a call to be refused with an API error, whatever its code; give its problems. */
  async refusedSomehow(call) {
    this.made += 1;
    const error = await call.then(
      () => assert.fail('accepted, where a refusal was expected'),
      (reason) => reason,
    );
    if (!(error instanceof ApiError)) throw error;
    assert.ok(error.errors.length > 0);
    return error;
  }

  /** Expect a call to be refused with an API error of this code and details; give the problem. */
  async refused(call, code, details = {}) {
    const error = await this.refusedSomehow(call);
    const found = error.findError(code, details);
    assert.ok(found, `refused otherwise: ${JSON.stringify(error.errors)}`);
    return { status: error.response.status, ...found.attributes };
  }
}

/** Give the function that runs one named check of a suite and tells its outcome. */
function checker(suite, tell) {
  return async (name, body) => {
    const assertions = new Assertions();
    try {
      await body(assertions);
      if (assertions.made === 0) throw new Error('the check asserted nothing');
      tell({ suite, name, ok: true });
    } catch (error) {
      tell({ suite, name, ok: false, error: `${error.stack ?? error}`.slice(0, 2000) });
    }
  };
}

/** Run all suites at once; a suite that stops outside of its checks counts as a failed check. */
export async function run(suites, contextOf, tell) {
  let failures = 0;
  const count = (outcome) => {
    failures += outcome.ok ? 0 : 1;
    tell(outcome);
  };
  await Promise.all(
    Object.entries(suites).map(async ([suite, body]) => {
      const check = checker(suite, count);
      try {
        await body({ check, ...(await contextOf(suite)) });
      } catch (error) {
        const text = `${error.stack ?? error}`.slice(0, 2000);
        count({ suite, name: 'the suite goes through', ok: false, error: text });
      }
    }),
  );
  return failures;
}
