/** Refusals that belong to no resource: who asks, where, and in which form. */
const MISSING = 'Yz3uN1qOQ1mE0yqZl2m5vg';

/** Check the shape of refusals and of answers as such. */
export async function errors({ check, client, clientOf, baseUrl, site }) {
  const ask = (path, headers = {}, rest = {}) =>
    fetch(`${baseUrl}${path}`, {
      headers: {
        authorization: `Bearer ${site.access_token}`,
        accept: 'application/json',
        'x-api-version': '3',
        ...headers,
      },
      ...rest,
    });
  await check('a wrong token is refused with 401', async (t) => {
    const stranger = clientOf({ apiToken: 'wrong' });
    const refusal = await t.refused(stranger.itemTypes.list(), 'INVALID_AUTHORIZATION_HEADER');
    t.same(refusal.status, 401);
  });
  await check('an unknown environment is refused', async (t) => {
    await t.refused(clientOf({ environment: 'nowhere' }).itemTypes.list(), 'INVALID_ENVIRONMENT');
  });
  await check('what is not there is not found', async (t) => {
    for (const resource of ['items', 'itemTypes', 'fields', 'uploads', 'itemVersions', 'roles']) {
      t.same((await t.refused(client[resource].find(MISSING), 'NOT_FOUND')).status, 404);
    }
  });
  await check('a refusal is a list of api_error with id, code, details and address', async (t) => {
    const error = await t.refusedSomehow(client.items.find(MISSING));
    const [{ id, type, attributes }] = error.errors;
    t.same([type, attributes.code, attributes.details], ['api_error', 'NOT_FOUND', {}]);
    t.matches(id, /^[0-9a-f]{6}$/);
    t.matches(attributes.doc_url, /errors#NOT_FOUND$/);
  });
  await check('an unknown key in a body breaks the closed schema', async (t) => {
    const bodies = {
      fieldsets: { type: 'fieldset', attributes: { title: 'x', y: 1 } },
      plugins: { type: 'plugin', attributes: { name: 'x', y: 1 } },
      webhooks: { type: 'webhook', attributes: { name: 'x', y: 1 } },
      items: { type: 'item', attributes: {}, colour: 'red' },
    };
    const model = await client.itemTypes.create({ name: 'Post', api_key: 'post' });
    for (const [resource, data] of Object.entries(bodies)) {
      const parents = resource === 'fieldsets' ? [model.id] : [];
      const refusal = await t.refused(
        client[resource].rawCreate(...parents, { data }),
        'INVALID_FORMAT',
      );
      t.ok(refusal.details.messages.length > 0);
    }
  });
  await ofForm({ check, site, ask });
}

async function ofForm({ check, site, ask }) {
  await check('an unknown endpoint is refused', async (t) => {
    const answer = await ask('/nothing');
    t.same((await answer.json()).data[0].attributes.code, 'INVALID_ENDPOINT');
  });
  await check('another version of the API is refused', async (t) => {
    const answer = await ask('/site', { 'x-api-version': '1' });
    t.same((await answer.json()).data[0].attributes.code, 'INVALID_API_VERSION');
  });
  await check('a body that is no JSON is refused', async (t) => {
    const answer = await ask(
      '/item-types',
      { 'content-type': 'application/json' },
      { method: 'POST', body: '{' },
    );
    t.same((await answer.json()).data[0].attributes.code, 'INVALID_JSON_BODY');
  });
  await check('every answer carries the headers of the API', async (t) => {
    for (const [path, status] of [
      ['/site', 200],
      [`/items/${MISSING}`, 404],
    ]) {
      const answer = await ask(path);
      t.same(
        ['content-type', 'x-api-version', 'x-environment'].map((name) => answer.headers.get(name)),
        ['application/json; charset=utf-8', '3', 'main'],
      );
      for (const name of ['x-request-id', 'x-ratelimit-limit', 'x-ratelimit-remaining']) {
        t.ok(answer.headers.has(name), name);
      }
      t.same(answer.status, status);
    }
  });
}
