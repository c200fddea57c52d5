/** Short ways to make what most suites start from. */

/** Make a model and its fields; give both, fields under their api_key. */
export async function makeModel(client, attributes, fields) {
  const model = await client.itemTypes.create({
    name: attributes.api_key,
    draft_mode_active: false,
    ...attributes,
  });
  const made = {};
  for (const [apiKey, field] of Object.entries(fields)) {
    made[apiKey] = await client.fields.create(model, {
      label: apiKey.replaceAll('_', ' '),
      api_key: apiKey,
      ...field,
    });
  }
  return { model, type: { type: 'item_type', id: model.id }, fields: made };
}

/** Make a block model and its fields. */
export function makeBlockModel(client, apiKey, fields) {
  const attributes = { api_key: apiKey, modular_block: true, draft_mode_active: undefined };
  return makeModel(client, attributes, fields);
}

/** Give a block as it is written: new without an id, changed with one. */
export function block(type, attributes, id) {
  const identity = id === undefined ? {} : { id };
  return { type: 'item', ...identity, attributes, relationships: { item_type: { data: type } } };
}

/** Give a value without what the client adds to blocks for its own types. */
export function asSent(value) {
  return JSON.parse(
    JSON.stringify(value, (key, each) => (key === '__itemTypeId' ? undefined : each)),
  );
}

/** Collect what an iterator of the client gives. */
export async function collect(iterator) {
  const all = [];
  for await (const each of iterator) all.push(each);
  return all;
}
