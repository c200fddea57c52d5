/** Records: values of every type, ids, dates, locks, copies, trees and what refers to what. */
import { generateId } from '@datocms/cma-client-node';

import { collect, makeModel } from '../building.mjs';

const VALUES = {
  flag: true,
  tint: { red: 1, green: 20, blue: 255, alpha: 128 },
  day: '2026-02-01',
  moment: '2026-02-01T10:00:00+01:00',
  ratio: 1.25,
  count: -3,
  facts: '{"a":[1,2.50]}',
  place: { latitude: 45.0703, longitude: 7.6869 },
  meta_tags: {
    title: 'T',
    description: 'D',
    image: null,
    twitter_card: 'summary',
    no_index: false,
  },
  handle: 'a-b',
  name: 'Zoë 漢字 🐙',
  story: '',
  clip: {
    provider: 'youtube',
    provider_uid: 'x',
    url: 'https://www.youtube.com/watch?v=x',
    width: 640,
    height: 480,
    thumbnail_url: 'https://i.ytimg.com/vi/x/hq.jpg',
    title: 'Clip',
  },
};
const TYPES = {
  flag: 'boolean',
  tint: 'color',
  day: 'date',
  moment: 'date_time',
  ratio: 'float',
  count: 'integer',
  facts: 'json',
  place: 'lat_lon',
  meta_tags: 'seo',
  handle: 'slug',
  name: 'string',
  story: 'text',
  clip: 'video',
};

/** Check the life of a record. */
export async function records({ check, client }) {
  const on = {};
  const { type } = await makeModel(
    client,
    { api_key: 'thing' },
    Object.fromEntries(Object.entries(TYPES).map(([key, each]) => [key, { field_type: each }])),
  );
  await check('a record with a chosen id and one value of every plain type', async (t) => {
    const id = generateId();
    on.record = await client.items.create({ id, item_type: type, ...VALUES });
    t.same(on.record.id, id);
    t.holds(on.record, VALUES);
    t.holds(await client.items.find(id), { ...VALUES, item_type: type });
  });
  await check('meta of a new record of a model without drafts', async (t) => {
    t.holds(on.record.meta, {
      status: 'published',
      is_valid: true,
      is_current_version_valid: true,
      is_published_version_valid: true,
      publication_scheduled_at: null,
      unpublishing_scheduled_at: null,
      stage: null,
    });
    t.matches(on.record.meta.created_at, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}\+00:00$/);
    t.same(on.record.creator.type, 'access_token');
  });
  await check('a taken id is refused', async (t) => {
    await t.refused(client.items.create({ id: on.record.id, item_type: type }), 'INVALID_FIELD', {
      field: 'id',
    });
  });
  await check('an id of another form is refused', async (t) => {
    await t.refusedSomehow(client.items.create({ id: '1234', item_type: type }));
  });
  await dating({ check, client, type });
  await updating({ check, client }, on);
  await locking({ check, client, record: on.record });
  await ending({ check, client, type }, on);
  await referring({ check, client });
  await ordering({ check, client });
  await refusing({ check, client });
}

async function dating({ check, client, type }) {
  await check('created_at and first_published_at are kept, the other dates are not', async (t) => {
    const dates = {
      created_at: '2018-11-24T10:00:00.000+00:00',
      first_published_at: '2018-11-25T10:00:00.000+00:00',
      updated_at: '2018-11-26T10:00:00.000+00:00',
      published_at: '2018-11-27T10:00:00.000+00:00',
    };
    const made = await client.items.create({ item_type: type, name: 'Old', meta: dates });
    t.holds(made.meta, {
      created_at: dates.created_at,
      first_published_at: dates.first_published_at,
    });
    t.ok(made.meta.updated_at !== dates.updated_at);
    t.ok(made.meta.published_at !== dates.published_at);
  });
}

async function updating({ check, client }, on) {
  await check('an update changes only what it names', async (t) => {
    const updated = await client.items.update(on.record.id, { name: 'Other', flag: null });
    t.holds(updated, { ...VALUES, name: 'Other', flag: null });
    t.ok(updated.meta.current_version !== on.record.meta.current_version);
    t.same(updated.meta.created_at, on.record.meta.created_at);
    on.record = updated;
  });
  await check('a whole read-back is accepted as an update', async (t) => {
    const updated = await client.items.update(on.record.id, { ...on.record });
    t.holds(updated, { name: 'Other', handle: 'a-b' });
  });
}

async function ending({ check, client, type }, on) {
  await check('a record is duplicated under another title', async (t) => {
    const copy = await client.items.duplicate(on.record.id);
    t.same([copy.name, copy.place], ['Other (duplicate)', VALUES.place]);
    const [newest] = await client.items.list({ filter: { type: type.id } });
    t.same(newest.id, copy.id);
  });
  await check('a destroyed record is told as it was, then not found', async (t) => {
    t.holds(await client.items.destroy(on.record.id), { id: on.record.id, name: 'Other' });
    await t.refused(client.items.find(on.record.id), 'NOT_FOUND');
  });
}

async function locking({ check, client, record }) {
  await check('a stale version is refused with 422', async (t) => {
    const current = await client.items.find(record.id);
    const lock = { current_version: current.meta.current_version };
    await client.items.update(record.id, { name: 'Other', meta: lock });
    const refusal = await t.refused(
      client.items.update(record.id, { name: 'Late', meta: lock }),
      'STALE_ITEM_VERSION',
    );
    t.same(refusal.status, 422);
    t.same((await client.items.find(record.id)).name, 'Other');
  });
}

async function referring({ check, client }) {
  const { type, model } = await makeModel(
    client,
    { api_key: 'node' },
    { title: { field_type: 'string' } },
  );
  const rule = { item_types: [model.id] };
  for (const [key, fieldType, validator] of [
    ['next', 'link', 'item_item_type'],
    ['others', 'links', 'items_item_type'],
  ]) {
    await client.fields.create(model, {
      label: key,
      api_key: key,
      field_type: fieldType,
      validators: { [validator]: rule },
    });
  }
  const make = (title, links = {}) => client.items.create({ item_type: type, title, ...links });
  await check('links stay ids, even in circles, and tell who refers', async (t) => {
    const first = await make('first');
    const second = await make('second', { next: first.id, others: [first.id] });
    await client.items.update(first.id, { next: second.id });
    const found = await client.items.find(second.id, { nested: true });
    t.same([found.next, found.others], [first.id, [first.id]]);
    t.same(
      (await client.items.references(first.id)).map(({ id }) => id),
      [second.id],
    );
  });
  await check('a link to nobody is refused', async (t) => {
    await t.refused(make('lost', { next: generateId() }), 'INVALID_FIELD', { field: 'next' });
  });
  await check('a destroyed record leaves the links of others', async (t) => {
    const target = await make('target');
    const from = await make('from', { next: target.id, others: [target.id] });
    await client.items.destroy(target.id);
    const found = await client.items.find(from.id);
    t.same([found.next, found.others], [null, []]);
  });
}

async function ordering({ check, client }) {
  const tree = await makeModel(
    client,
    { api_key: 'page', tree: true },
    { title: { field_type: 'string' } },
  );
  await check('a tree keeps parents and positions', async (t) => {
    const make = (title, rest = {}) =>
      client.items.create({ item_type: tree.type, title, ...rest });
    const root = await make('root', { position: 1 });
    const leaf = await make('leaf', { parent_id: root.id, position: 1 });
    t.same([root.parent_id, leaf.parent_id, leaf.position], [null, root.id, 1]);
    t.same((await client.items.find(root.id)).meta.has_children, true);
    const moved = await client.items.update(leaf.id, { parent_id: null, position: 1 });
    t.same([moved.parent_id, moved.position], [null, 1]);
    await t.refused(make('lost', { parent_id: generateId() }), 'INVALID_PARENT_ID');
  });
  await check('a sortable model lists by position', async (t) => {
    const { type } = await makeModel(
      client,
      { api_key: 'step', sortable: true },
      { title: { field_type: 'string' } },
    );
    for (const title of ['one', 'two', 'three'])
      await client.items.create({ item_type: type, title });
    const [third] = await client.items.list({
      filter: { type: 'step', fields: { title: { eq: 'three' } } },
    });
    await client.items.update(third.id, { position: 1 });
    const all = await collect(
      client.items.listPagedIterator({ filter: { type: 'step' }, order_by: 'position_ASC' }),
    );
    t.same(
      all.map(({ title, position }) => [title, position]),
      [
        ['three', 1],
        ['one', 2],
        ['two', 3],
      ],
    );
  });
}

async function refusing({ check, client }) {
  const { type, fields } = await makeModel(
    client,
    { api_key: 'strict' },
    {
      name: { field_type: 'string', validators: { required: {}, length: { max: 5 } } },
      code: { field_type: 'string', validators: { unique: {} } },
      kind: { field_type: 'string', validators: { enum: { values: ['a', 'b'] } } },
      count: { field_type: 'integer', validators: { number_range: { min: 1 } } },
    },
  );
  const make = (values) => client.items.create({ item_type: type, ...values });
  await check('every broken validator is told, with field, id, label, type and code', async (t) => {
    const error = await t.refusedSomehow(make({ kind: 'c', count: 0 }));
    const found = error.errors.map(({ attributes }) => attributes);
    t.same([...new Set(found.map(({ code }) => code))], ['INVALID_FIELD']);
    t.same(found.map(({ details }) => details.field).sort(), ['count', 'kind', 'name']);
    t.holds(found.find(({ details }) => details.field === 'kind').details, {
      field_id: fields.kind.id,
      field_label: 'kind',
      field_type: 'string',
    });
  });
  await check('a unique value is taken once', async (t) => {
    await make({ name: 'x', code: '1' });
    await t.refused(make({ name: 'y', code: '1' }), 'INVALID_FIELD', { field: 'code' });
  });
  await check('a value of another shape is refused', async (t) => {
    await t.refused(make({ name: 'x', count: 'three' }), 'INVALID_FIELD', { field: 'count' });
  });
  await check('an attribute that is no field is refused', async (t) => {
    const error = await t.refusedSomehow(make({ name: 'x', colour: 'red' }));
    t.matches(JSON.stringify(error.errors), /colour/);
  });
  await check('a trial tells the same refusals and writes nothing', async (t) => {
    await t.refused(
      client.items.rawValidateNew({
        data: {
          type: 'item',
          attributes: { kind: 'c' },
          relationships: { item_type: { data: type } },
        },
      }),
      'INVALID_FIELD',
      { field: 'kind' },
    );
    t.same((await client.items.list({ filter: { type: 'strict' } })).length, 1);
  });
}
