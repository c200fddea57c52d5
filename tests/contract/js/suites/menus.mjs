/** Menus and filters: what editors see beside their content. */
import { generateId } from '@datocms/cma-client-node';

/** Check menu items, schema menu items and saved filters. */
export async function menus({ check, client }) {
  const on = {};
  const empty = [await client.menuItems.list(), await client.schemaMenuItems.list()];
  const model = await client.itemTypes.create({ name: 'Post', api_key: 'post' });
  const link = { type: 'item_type', id: model.id };
  await check('a new project has no menu', async (t) => {
    t.same(empty, [[], []]);
  });
  await check('a menu item is made under a chosen id, moved and updated', async (t) => {
    on.group = await client.menuItems.create({ id: generateId(), label: 'Group' });
    const id = generateId();
    const leaf = await client.menuItems.create({
      id,
      label: 'Site',
      external_url: 'https://example.com',
      open_in_new_tab: true,
      parent: { type: 'menu_item', id: on.group.id },
    });
    t.holds(leaf, { id, external_url: 'https://example.com', open_in_new_tab: true, position: 1 });
    t.same((await client.menuItems.find(on.group.id)).children, [{ type: 'menu_item', id }]);
    const moved = await client.menuItems.update(leaf, { label: 'Out', parent: null });
    t.holds(moved, { label: 'Out', parent: null });
    t.same((await client.menuItems.list({ filter: { ids: id } })).length, 1);
  });
  await check('menu items are reordered', async (t) => {
    const [first, ...rest] = (await client.menuItems.list()).toSorted(
      (a, b) => a.position - b.position,
    );
    const places = [...rest, first].map(({ id }, index) => ({
      type: 'menu_item',
      id,
      attributes: { position: index + 1 },
      relationships: { parent: { data: null } },
    }));
    await client.menuItems.rawReorder({ data: places });
    t.same((await client.menuItems.find(first.id)).position, places.length);
  });
  await filtering({ check, client, link }, on);
  await ofSchema({ check, client, model });
}

async function filtering({ check, client, link }, on) {
  await check('a menu item shows a model through a filter', async (t) => {
    const filter = await client.itemTypeFilters.create({
      id: generateId(),
      name: 'Drafts',
      filter: { fields: { _status: { eq: 'draft' } }, query: 'x' },
      columns: [{ name: '_preview', width: 0.5 }],
      order_by: '_updated_at_ASC',
      shared: true,
      item_type: link,
    });
    t.holds(await client.itemTypeFilters.find(filter.id), {
      filter: { fields: { _status: { eq: 'draft' } }, query: 'x' },
      columns: [{ name: '_preview', width: 0.5 }],
      order_by: '_updated_at_ASC',
      shared: true,
    });
    const entry = await client.menuItems.create({
      label: 'Drafts',
      item_type: link,
      item_type_filter: { type: 'item_type_filter', id: filter.id },
    });
    t.same(entry.item_type_filter, { type: 'item_type_filter', id: filter.id });
    const updated = await client.itemTypeFilters.update(filter.id, { ...filter, name: 'New' });
    t.same([updated.name, (await client.itemTypeFilters.list()).length], ['New', 1]);
    await client.menuItems.destroy(entry);
    await client.itemTypeFilters.destroy(filter.id);
    t.same(await client.itemTypeFilters.list(), []);
  });
  await check('a destroyed group is gone', async (t) => {
    t.same((await client.menuItems.destroy(on.group)).id, on.group.id);
    await t.refused(client.menuItems.find(on.group.id), 'NOT_FOUND');
  });
}

async function ofSchema({ check, client, model }) {
  await check('a group in the schema menu takes the entry of a model', async (t) => {
    const group = await client.schemaMenuItems.create({
      id: generateId(),
      label: 'Blog',
      kind: 'item_type',
    });
    const entry = (await client.schemaMenuItems.list()).find(
      (each) => each.item_type?.id === model.id,
    );
    t.same([entry.label, entry.kind], [null, 'item_type']);
    const parent = { type: 'schema_menu_item', id: group.id };
    const moved = await client.schemaMenuItems.update(entry, { parent, position: 1 });
    t.same(moved.parent, parent);
    t.same((await client.schemaMenuItems.find(group.id)).children, [
      { type: 'schema_menu_item', id: entry.id },
    ]);
  });
  await check('the entry of a model cannot be destroyed on its own', async (t) => {
    const entry = (await client.schemaMenuItems.list()).find(
      (each) => each.item_type?.id === model.id,
    );
    await t.refused(
      client.schemaMenuItems.destroy(entry),
      'CANNOT_CREATE_OR_DESTROY_SCHEMA_MENU_ITEM_LINKED_TO_ITEM_TYPE',
    );
  });
}
