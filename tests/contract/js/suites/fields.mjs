/** Fields: every type with its defaults, and what happens when a field changes or goes. */
import { generateId } from '@datocms/cma-client-node';

/** What a field of a type needs on create, its first editor, and its value in an empty record. */
const typesOf = ({ model, block }) => ({
  boolean: [{}, 'boolean', null],
  color: [{}, 'color_picker', null],
  date: [{}, 'date_picker', null],
  date_time: [{}, 'date_time_picker', null],
  file: [{}, 'file', null],
  float: [{}, 'float', null],
  gallery: [{}, 'gallery', []],
  integer: [{}, 'integer', null],
  json: [{}, 'json', null],
  lat_lon: [{}, 'map', null],
  link: [{ item_item_type: { item_types: [model] } }, 'link_select', null],
  links: [{ items_item_type: { item_types: [model] } }, 'links_select', []],
  rich_text: [{ rich_text_blocks: { item_types: [block] } }, 'rich_text', []],
  seo: [{}, 'seo', null],
  single_block: [{ single_block_blocks: { item_types: [block] } }, 'framed_single_block', null],
  slug: [{}, 'slug', null],
  string: [{}, 'single_line', null],
  structured_text: [
    { structured_text_blocks: { item_types: [block] }, structured_text_links: { item_types: [] } },
    'structured_text',
    null,
  ],
  text: [{}, 'markdown', null],
  video: [{}, 'video', null],
});

/** Check all field types, fieldsets, and the life of a field. */
export async function fields({ check, client }) {
  const model = await client.itemTypes.create({ name: 'Thing', api_key: 'thing' });
  const block = await client.itemTypes.create({
    name: 'Box',
    api_key: 'box',
    modular_block: true,
  });
  const types = typesOf({ model: model.id, block: block.id });
  for (const [type, [validators, editor]] of Object.entries(types)) {
    await check(`a ${type} field is made and read back`, async (t) => {
      const made = await client.fields.create(model, {
        label: `The ${type}`,
        api_key: `a_${type}`,
        field_type: type,
        validators,
      });
      const found = await client.fields.find(made.id);
      t.same(found, made);
      t.same([found.field_type, found.appearance.editor], [type, editor]);
      for (const [name, rule] of Object.entries(validators)) t.holds(found.validators[name], rule);
    });
  }
  await check('an empty record tells every field of its model', async (t) => {
    const record = await client.items.create({ item_type: { type: 'item_type', id: model.id } });
    const empty = Object.entries(types).map(([type, [, , value]]) => [`a_${type}`, value]);
    t.holds(record, Object.fromEntries(empty));
  });
  await check('fields are appended in order', async (t) => {
    const positions = (await client.fields.list(model)).map(({ position }) => position);
    t.same(
      positions.toSorted((a, b) => a - b),
      Object.keys(types).map((_, index) => index + 1),
    );
  });
  await living({ check, client, model });
  await grouping({ check, client, model });
  await refusing({ check, client, model });
}

async function living({ check, client, model }) {
  const on = {};
  await check('id, validators, appearance and hint of a field are kept', async (t) => {
    const wanted = {
      id: generateId(),
      label: 'Name',
      api_key: 'name',
      field_type: 'string',
      hint: 'In full',
      validators: { required: {}, length: { min: 2, max: 80 }, unique: {} },
      appearance: { editor: 'single_line', parameters: { heading: true }, addons: [] },
      default_value: 'Nobody',
    };
    on.field = await client.fields.create(model, wanted);
    t.holds(await client.fields.find(wanted.id), wanted);
  });
  await check('a new record takes the default value', async (t) => {
    const record = await client.items.create({ item_type: { type: 'item_type', id: model.id } });
    t.same(record.name, 'Nobody');
  });
  await check('a field is updated', async (t) => {
    const changes = { label: 'Full name', validators: { length: { max: 40 } }, hint: '' };
    on.field = await client.fields.update(on.field, changes);
    t.holds(on.field, { label: 'Full name', validators: { length: { max: 40 } }, hint: null });
  });
  await check('a field is duplicated', async (t) => {
    const copy = await client.fields.duplicate(on.field);
    t.same(copy.label, 'Full name (copy #1)');
    t.same(copy.validators, on.field.validators);
    t.ok(copy.api_key !== on.field.api_key);
    await client.fields.destroy(copy);
  });
  await check('a renamed api_key renames the content', async (t) => {
    await client.fields.update(on.field, { api_key: 'full_name' });
    const [record] = await client.items.list({ filter: { type: 'thing' }, version: 'current' });
    t.same([record.full_name, 'name' in record], ['Nobody', false]);
  });
  await localizing({ check, client, model }, on);
}

async function localizing({ check, client, model }, on) {
  await check('localizing a field puts the content under the main locale', async (t) => {
    await client.site.update({ locales: ['en', 'it'] });
    on.field = await client.fields.update(on.field, { localized: true });
    const [record] = await client.items.list({ filter: { type: 'thing' }, version: 'current' });
    t.same([on.field.localized, record.full_name.en], [true, 'Nobody']);
  });
  await check('a destroyed field takes its content along', async (t) => {
    t.same((await client.fields.destroy(on.field)).id, on.field.id);
    await t.refused(client.fields.find(on.field.id), 'NOT_FOUND');
    const [record] = await client.items.list({ filter: { type: 'thing' }, version: 'current' });
    t.same('full_name' in record, false);
  });
  await check('a localized default stands under every locale', async (t) => {
    const made = await client.fields.create(model, {
      label: 'Motto',
      api_key: 'motto',
      field_type: 'string',
      localized: true,
    });
    t.same(made.default_value, { en: null, it: null });
  });
}

async function grouping({ check, client, model }) {
  let group;
  await check('a fieldset is made under a chosen id', async (t) => {
    const id = generateId();
    const wanted = { id, title: 'Details', hint: 'More', collapsible: true, start_collapsed: true };
    group = await client.fieldsets.create(model, wanted);
    t.holds(await client.fieldsets.find(id), wanted);
    t.same(
      (await client.fieldsets.list(model)).map((each) => each.id),
      [id],
    );
  });
  await check('a field moves into a fieldset and out when that goes', async (t) => {
    const [field] = await client.fields.list(model);
    const moved = await client.fields.update(field, {
      fieldset: { type: 'fieldset', id: group.id },
    });
    t.same(moved.fieldset, { type: 'fieldset', id: group.id });
    group = await client.fieldsets.update(group, { title: 'The rest' });
    t.same((await client.fieldsets.destroy(group)).title, 'The rest');
    t.same((await client.fields.find(field.id)).fieldset, null);
  });
}

async function refusing({ check, client, model }) {
  await check('a validator of another type is refused', async (t) => {
    await t.refused(
      client.fields.create(model, {
        label: 'X',
        api_key: 'x',
        field_type: 'boolean',
        validators: { enum: { values: ['a'] } },
      }),
      'INVALID_FIELD',
      { field: 'validators.enum', code: 'VALIDATION_INVALID' },
    );
  });
  await check('a missing necessary validator is refused', async (t) => {
    await t.refused(
      client.fields.create(model, { label: 'X', api_key: 'x', field_type: 'rich_text' }),
      'INVALID_FIELD',
    );
  });
  await check('a reserved api_key is refused', async (t) => {
    await t.refused(
      client.fields.create(model, { label: 'X', api_key: 'position', field_type: 'string' }),
      'INVALID_FIELD',
      { field: 'api_key' },
    );
  });
  await check('an unknown key of an appearance breaks the closed schema', async (t) => {
    const appearance = { editor: 'single_line', parameters: {}, addons: [], type: 'x' };
    const refusal = await t.refused(
      client.fields.create(model, { label: 'X', api_key: 'x', field_type: 'string', appearance }),
      'INVALID_FORMAT',
    );
    t.matches(refusal.details.messages.join('\n'), /appearance: .*"type" is not a permitted key/);
  });
}
