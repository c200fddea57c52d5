/** Models: defaults, ids, relationships that the server sets, copies, destruction. */
import { generateId, SchemaRepository } from '@datocms/cma-client-node';

const PLAIN = {
  singleton: false,
  sortable: false,
  tree: false,
  modular_block: false,
  all_locales_required: false,
  draft_saving_active: false,
  ordering_direction: null,
  ordering_meta: null,
  hint: null,
};

/** Check everything that can be done with a model as a whole. */
export async function models({ check, client }) {
  const on = {};
  await creating({ check, client });
  await check('a model is found by id and by api_key', async (t) => {
    on.article = await client.itemTypes.find('article');
    t.same((await client.itemTypes.find(on.article.id)).api_key, 'article');
  });
  await check('the first string field becomes the title, the first file the picture', async (t) => {
    on.title = await client.fields.create(on.article, {
      label: 'Title',
      api_key: 'title',
      field_type: 'string',
    });
    const picture = await client.fields.create('article', {
      label: 'Picture',
      api_key: 'picture',
      field_type: 'file',
    });
    on.article = await client.itemTypes.find(on.article.id);
    t.same(on.article.title_field, { type: 'field', id: on.title.id });
    t.same(on.article.image_preview_field, { type: 'field', id: picture.id });
    t.same(
      on.article.fields.map(({ id }) => id),
      [on.title.id, picture.id],
    );
  });
  await check('a model is updated, its order set by a field', async (t) => {
    const updated = await client.itemTypes.update(on.article, {
      name: 'Story',
      hint: 'Told once',
      collection_appearance: 'table',
      ordering_direction: 'desc',
      ordering_field: { type: 'field', id: on.title.id },
      inverse_relationships_enabled: true,
    });
    t.holds(updated, { name: 'Story', hint: 'Told once', collection_appearance: 'table' });
    t.same(updated.ordering_field, { type: 'field', id: on.title.id });
    t.same((await client.itemTypes.find(on.article.id)).inverse_relationships_enabled, true);
  });
  await readingBack({ check, client }, on);
  await referring({ check, client });
  await copying({ check, client });
  await refusing({ check, client });
}

async function readingBack({ check, client }, on) {
  await check('a whole read-back of a model is accepted as an update', async (t) => {
    const { id, type, has_singleton_item, fields, fieldsets, singleton_item, meta, ...rest } =
      await client.itemTypes.find(on.article.id);
    const updated = await client.itemTypes.update(id, rest);
    t.same([updated.name, type, has_singleton_item, meta], [rest.name, 'item_type', false, meta]);
    t.same([updated.fields, updated.fieldsets], [fields, fieldsets]);
    t.same(updated.singleton_item, singleton_item);
  });
  await check('the whole schema comes with one call', async (t) => {
    const { included } = await client.site.rawFind({
      include: 'item_types,item_types.fields,item_types.fieldsets',
    });
    const kinds = new Set(included.map(({ type }) => type));
    t.same([...kinds].sort(), ['field', 'item_type']);
    t.same(included.filter(({ type }) => type === 'field').length, 2);
  });
  await check("the client's own schema repository understands it", async (t) => {
    const repository = new SchemaRepository(client);
    const model = await repository.getItemTypeByApiKey('article');
    const fields = await repository.getItemTypeFields(model);
    t.same(
      fields.map(({ api_key: key }) => key),
      ['title', 'picture'],
    );
    t.same((await repository.getAllBlockModels()).length, 1);
  });
}

async function creating({ check, client }) {
  await check('a model starts with the defaults of the API', async (t) => {
    const model = await client.itemTypes.create({ name: 'Article', api_key: 'article' });
    t.holds(model, { ...PLAIN, type: 'item_type', name: 'Article', fields: [], fieldsets: [] });
    t.same((await client.itemTypes.list()).length, 1);
  });
  await check('a model brings a menu item and a schema menu item', async (t) => {
    const [entry] = await client.menuItems.list();
    const [schemaEntry] = await client.schemaMenuItems.list();
    const model = await client.itemTypes.find('article');
    t.same(entry.item_type, { type: 'item_type', id: model.id });
    t.same(schemaEntry.item_type, { type: 'item_type', id: model.id });
  });
  await check('ids of a model and its schema menu item may be chosen', async (t) => {
    const [id, entryId] = [generateId(), generateId()];
    const model = await client.itemTypes.create(
      { id, name: 'Page', api_key: 'page', singleton: true },
      { skip_menu_item_creation: true, schema_menu_item_id: entryId },
    );
    t.same(model.id, id);
    t.same((await client.schemaMenuItems.find(entryId)).item_type.id, id);
    t.same((await client.menuItems.list()).length, 1);
  });
  await check('a block model gets no menu item', async (t) => {
    const block = await client.itemTypes.create({
      name: 'Quote',
      api_key: 'quote',
      modular_block: true,
    });
    t.same([block.modular_block, (await client.menuItems.list()).length], [true, 1]);
    t.same((await client.schemaMenuItems.list()).map(({ kind }) => kind).sort(), [
      'item_type',
      'item_type',
      'modular_block',
    ]);
  });
  await check('a singleton knows its record and takes no second one', async (t) => {
    const page = await client.itemTypes.find('page');
    const record = await client.items.create({ item_type: { type: 'item_type', id: page.id } });
    const found = await client.itemTypes.find('page');
    t.same(found.singleton_item, { type: 'item', id: record.id });
    t.same(found.has_singleton_item, true);
    await t.refused(
      client.items.create({ item_type: { type: 'item_type', id: page.id } }),
      'DUPLICATE_SINGLETON',
    );
  });
}

async function referring({ check, client }) {
  await check('a model tells which models and fields refer to it', async (t) => {
    const [article, page] = [
      await client.itemTypes.find('article'),
      await client.itemTypes.find('page'),
    ];
    const link = await client.fields.create(page, {
      label: 'Main story',
      api_key: 'main_story',
      field_type: 'link',
      validators: { item_item_type: { item_types: [article.id] } },
    });
    t.same(
      (await client.itemTypes.referencing(article)).map(({ id }) => id),
      [page.id],
    );
    t.same(
      (await client.fields.referencing(article)).map(({ id }) => id),
      [link.id],
    );
  });
}

async function copying({ check, client }) {
  await check('a model is duplicated with its fields', async (t) => {
    const copy = await client.itemTypes.duplicate('article');
    t.holds(copy, { name: 'Story (copy #1)', api_key: 'article_copy1' });
    const fields = await client.fields.list(copy);
    t.same(
      fields.map(({ api_key: key }) => key),
      ['title', 'picture'],
    );
    t.same(copy.title_field.id, fields[0].id);
  });
  await check('a destroyed model takes its records and menu items along', async (t) => {
    const copy = await client.itemTypes.find('article_copy1');
    await client.items.create({ item_type: { type: 'item_type', id: copy.id }, title: 'Gone' });
    t.same((await client.itemTypes.destroy(copy)).id, copy.id);
    await t.refused(client.itemTypes.find('article_copy1'), 'NOT_FOUND');
    const entries = [...(await client.menuItems.list()), ...(await client.schemaMenuItems.list())];
    t.same(
      entries.some((entry) => entry.item_type?.id === copy.id),
      false,
    );
    t.same((await client.items.list({ version: 'current' })).length, 1);
  });
}

async function refusing({ check, client }) {
  await check('an api_key is taken once', async (t) => {
    const details = await t.refused(
      client.itemTypes.create({ name: 'Again', api_key: 'article' }),
      'INVALID_FIELD',
      { field: 'api_key', code: 'VALIDATION_UNIQUENESS' },
    );
    t.same(details.status, 422);
  });
  await check('a block model cannot be a tree', async (t) => {
    await t.refused(
      client.itemTypes.create({ name: 'X', api_key: 'x', modular_block: true, tree: true }),
      'INVALID_FIELD',
    );
  });
  await check('an unknown attribute of a model breaks the closed schema', async (t) => {
    const refusal = await t.refused(
      client.itemTypes.rawCreate({
        data: { type: 'item_type', attributes: { name: 'X', api_key: 'x', colour: 'red' } },
      }),
      'INVALID_FORMAT',
    );
    t.matches(refusal.details.messages.join('\n'), /"colour" is not a permitted key/);
  });
}
