/**
 * Judge a sandbox with the official client: `node scenario.mjs BASE_URL [--wrong]`.
 *
 * Every suite works in a project of its own, made through the dashboard API as the client's own
 * test-suite does it. With `--wrong` it runs checks of which all but one must fail, which proves
 * that failures are told.
 */
import { buildClient } from '@datocms/cma-client-node';
import { buildClient as buildDashboard } from '@datocms/dashboard-client';

import { run } from './harness.mjs';
import { blocks } from './suites/blocks.mjs';
import { environments } from './suites/environments.mjs';
import { errors } from './suites/errors.mjs';
import { fields } from './suites/fields.mjs';
import { listing } from './suites/listing.mjs';
import { localization } from './suites/localization.mjs';
import { menus } from './suites/menus.mjs';
import { models } from './suites/models.mjs';
import { project } from './suites/project.mjs';
import { publishing } from './suites/publishing.mjs';
import { records } from './suites/records.mjs';
import { structuredText } from './suites/structured-text.mjs';
import { uploads } from './suites/uploads.mjs';
import { versions } from './suites/versions.mjs';
import { wrong } from './suites/wrong.mjs';

const SUITES = {
  blocks,
  environments,
  errors,
  fields,
  listing,
  localization,
  menus,
  models,
  project,
  publishing,
  records,
  structuredText,
  uploads,
  versions,
};
// The client sleeps whole seconds before it asks for a job's result; here they pass fifty times
// as fast. Its other timers (the deadline of a request) keep their length.
const LONGEST_POLL_MS = 10_000;
const HASTE = 50;

function hurryPolls() {
  const unhurried = globalThis.setTimeout;
  globalThis.setTimeout = (callback, wait, ...rest) => {
    const isPoll = wait >= 1000 && wait <= LONGEST_POLL_MS && wait % 1000 === 0;
    return unhurried(callback, isPoll ? wait / HASTE : wait, ...rest);
  };
}

async function signIn(baseUrl) {
  const dashboard = buildDashboard({ apiToken: null, baseUrl });
  const session = await dashboard.session.rawCreate({
    data: {
      type: 'email_credentials',
      attributes: { email: 'judge@example.com', password: 'a password' },
    },
  });
  return buildDashboard({ apiToken: session.data.id, baseUrl });
}

async function main(baseUrl, ...flags) {
  hurryPolls();
  const dashboard = await signIn(baseUrl);
  const contextOf = async (suite) => {
    const site = await dashboard.sites.create({ name: `Project ${suite}` });
    const clientOf = (options = {}) =>
      buildClient({ apiToken: site.access_token, baseUrl, ...options });
    return { baseUrl, clientOf, client: clientOf(), dashboard, site };
  };
  const suites = flags.includes('--wrong') ? { wrong } : SUITES;
  const tell = (outcome) => process.stdout.write(`${JSON.stringify(outcome)}\n`);
  process.exitCode = (await run(suites, contextOf, tell)) === 0 ? 0 : 1;
}

await main(...process.argv.slice(2));
