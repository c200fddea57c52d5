/** Drafts and what is published of them: whole, in part, in bulk, on a date. */
import { generateId } from '@datocms/cma-client-node';

import { makeModel } from '../building.mjs';

const FAR = '2056-02-10T11:03:42.208Z';

/** Check how records become public and stop to be. */
export async function publishing({ check, client }) {
  await client.site.update({ locales: ['en', 'it'] });
  const { type } = await makeModel(
    client,
    { api_key: 'post', draft_mode_active: true },
    { title: { field_type: 'string', localized: true }, code: { field_type: 'string' } },
  );
  const make = (values = {}) =>
    client.items.create({ item_type: type, title: { en: 'Hello' }, ...values });
  await whole({ check, client, make });
  await partly({ check, client, make });
  await inBulk({ check, client, make });
  await onADate({ check, client, make });
  await byRule({ check, client });
}

async function whole({ check, client, make }) {
  let record;
  await check('a new record of a model with drafts is a draft', async (t) => {
    record = await make();
    t.holds(record.meta, { status: 'draft', published_at: null, first_published_at: null });
    await t.refused(client.items.find(record.id, { version: 'published' }), 'NOT_FOUND');
  });
  await check('publishing changes the state and the dates, not the version', async (t) => {
    const published = await client.items.publish(record.id);
    t.same(published.meta.status, 'published');
    t.same(published.meta.published_at, published.meta.first_published_at);
    t.same(published.meta.updated_at, record.meta.updated_at);
    t.same(published.meta.current_version, record.meta.current_version);
    record = published;
  });
  await check('an updated record keeps its published content apart', async (t) => {
    const updated = await client.items.update(record.id, { title: { en: 'News' } });
    t.same(updated.meta.status, 'updated');
    t.same((await client.items.find(record.id, { version: 'published' })).title.en, 'Hello');
    t.same((await client.items.find(record.id, { version: 'current' })).title.en, 'News');
  });
  await check('what changed since publication is told', async (t) => {
    const state = await client.items.currentVsPublishedState(record.id);
    t.holds(state, {
      current_version_locales: ['en'],
      published_version_locales: ['en'],
      changed_locales: ['en'],
      added_locales: [],
      removed_locales: [],
      non_localized_fields_changed: false,
      scheduled_publication: null,
      scheduled_unpublishing: null,
    });
    t.same(state.published_version?.type, 'item_version');
  });
  await check('unpublishing keeps the date of the first publication', async (t) => {
    const hidden = await client.items.unpublish(record.id);
    t.holds(hidden.meta, {
      status: 'draft',
      published_at: null,
      first_published_at: record.meta.first_published_at,
    });
  });
}

async function partly({ check, client, make }) {
  await check('one locale is published, the other stays a draft', async (t) => {
    const record = await make({ title: { en: 'Hello', it: 'Ciao' }, code: 'x' });
    const published = await client.items.publish(record.id, {
      content_in_locales: ['en'],
      non_localized_content: true,
    });
    t.same(published.meta.status, 'updated');
    const seen = await client.items.find(record.id, { version: 'published' });
    t.same([seen.title, seen.code], [{ en: 'Hello' }, 'x']);
  });
  await check('one locale is taken back', async (t) => {
    const record = await make({ title: { en: 'Hello', it: 'Ciao' } });
    await client.items.publish(record.id);
    await client.items.unpublish(record.id, { content_in_locales: ['it'] });
    const seen = await client.items.find(record.id, { version: 'published' });
    t.same(seen.title, { en: 'Hello' });
    t.same((await client.items.find(record.id)).title, { en: 'Hello', it: 'Ciao' });
  });
}

async function inBulk({ check, client, make }) {
  await check('many records are published, unpublished and destroyed at once', async (t) => {
    const items = [];
    for (const code of ['a', 'b']) {
      const { id } = await make({ code });
      items.push({ type: 'item', id });
    }
    const states = async () => {
      const found = await client.items.list({
        filter: { ids: items.map(({ id }) => id).join(',') },
      });
      return found.map(({ meta }) => meta.status);
    };
    const told = await client.items.rawBulkPublish({
      data: { type: 'item_bulk_publish_operation', relationships: { items: { data: items } } },
    });
    t.same(told, { data: [], meta: { successful: 2, failed: 0 } });
    t.same(await states(), ['published', 'published']);
    await client.items.bulkUnpublish({ items });
    t.same(await states(), ['draft', 'draft']);
    await client.items.bulkDestroy({ items });
    t.same(await states(), []);
  });
  await check('a bulk of nobody fails in its count, not as a call', async (t) => {
    const items = [{ type: 'item', id: generateId() }];
    const told = await client.items.rawBulkPublish({
      data: { type: 'item_bulk_publish_operation', relationships: { items: { data: items } } },
    });
    t.same(told.meta, { successful: 0, failed: 1 });
  });
  await check('more than 200 records at once are refused', async (t) => {
    const items = Array.from({ length: 201 }, () => ({ type: 'item', id: generateId() }));
    await t.refusedSomehow(client.items.bulkPublish({ items }));
  });
}

async function onADate({ check, client, make }) {
  await check('a publication is scheduled for one locale, told, and cancelled', async (t) => {
    const record = await make();
    const part = { content_in_locales: ['en'], non_localized_content: true };
    const scheduled = await client.scheduledPublication.create(record, {
      publication_scheduled_at: FAR,
      selective_publication: part,
    });
    t.same([scheduled.publication_scheduled_at, scheduled.item.id], [FAR, record.id]);
    const { meta } = await client.items.find(record.id);
    t.same(Date.parse(meta.publication_scheduled_at), Date.parse(FAR));
    const state = await client.items.rawCurrentVsPublishedState(record.id);
    const told = state.included.find((each) => each.type === 'scheduled_publication');
    t.same(told.attributes.selective_publication, part);
    const after = await client.scheduledPublication.destroy(record);
    t.same([after.type, after.id], ['item', record.id]);
    t.same((await client.items.find(record.id)).meta.publication_scheduled_at, null);
  });
  await check('an unpublishing is scheduled beside it, and cancelled', async (t) => {
    const record = await make();
    await client.items.publish(record.id);
    const scheduled = await client.scheduledUnpublishing.create(record, {
      unpublishing_scheduled_at: FAR,
    });
    t.same(scheduled.unpublishing_scheduled_at, FAR);
    t.ok((await client.items.find(record.id)).meta.unpublishing_scheduled_at !== null);
    t.same((await client.scheduledUnpublishing.destroy(record)).id, record.id);
    t.same((await client.items.find(record.id)).meta.unpublishing_scheduled_at, null);
  });
  await check('a date in the past is refused', async (t) => {
    const record = await make();
    await t.refused(
      client.scheduledPublication.create(record, {
        publication_scheduled_at: '2001-01-01T00:00:00.000Z',
      }),
      'INVALID_FIELD',
    );
  });
}

async function byRule({ check, client }) {
  const target = await makeModel(
    client,
    { api_key: 'target', draft_mode_active: true },
    { name: { field_type: 'string', validators: { required: {} } } },
  );
  const linking = (strategy) => ({
    field_type: 'link',
    validators: {
      item_item_type: {
        item_types: [target.model.id],
        on_publish_with_unpublished_references_strategy: strategy,
      },
    },
  });
  const source = await makeModel(
    client,
    { api_key: 'source', draft_mode_active: true },
    { strict: linking('fail'), kind: linking('publish_references') },
  );
  await check('a record with a draft behind its link is refused or takes it along', async (t) => {
    const draft = await client.items.create({ item_type: target.type, name: 'Draft' });
    const strict = await client.items.create({ item_type: source.type, strict: draft.id });
    await t.refused(client.items.publish(strict.id), 'UNPUBLISHED_LINK');
    const kind = await client.items.create({ item_type: source.type, kind: draft.id });
    await client.items.publish(kind.id);
    t.same((await client.items.find(draft.id)).meta.status, 'published');
    await t.refused(client.items.unpublish(draft.id), 'PUBLISHED_REFERENCES');
  });
  await check('a model that saves invalid drafts does not publish them', async (t) => {
    await client.itemTypes.update(target.model, { draft_saving_active: true });
    const draft = await client.items.create({ item_type: target.type, name: null });
    t.same([draft.meta.is_valid, draft.meta.is_current_version_valid], [false, false]);
    await t.refusedSomehow(client.items.publish(draft.id));
    t.same((await client.items.find(draft.id)).meta.status, 'draft');
  });
  await check('a child of a draft is published with its parents', async (t) => {
    const { type } = await makeModel(
      client,
      { api_key: 'leaf', tree: true, draft_mode_active: true },
      {},
    );
    const root = await client.items.create({ item_type: type });
    const leaf = await client.items.create({ item_type: type, parent_id: root.id });
    await t.refused(client.items.publish(leaf.id), 'UNPUBLISHED_PARENT');
    await client.items.publish(leaf.id, undefined, { recursive: true });
    t.same((await client.items.find(root.id)).meta.status, 'published');
    await t.refused(client.items.unpublish(root.id), 'PUBLISHED_CHILDREN');
  });
}
