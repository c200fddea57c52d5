/** Environments: forks with the same ids, renamed, promoted, destroyed; maintenance mode. */
import { makeModel } from '../building.mjs';

/** Check environments and maintenance mode. */
export async function environments({ check, client, clientOf }) {
  const { type, model } = await makeModel(
    client,
    { api_key: 'page' },
    { title: { field_type: 'string' } },
  );
  const record = await client.items.create({ item_type: type, title: 'Original' });
  const fork = clientOf({ environment: 'sandbox' });
  await check('a new project has one environment, the primary', async (t) => {
    const [main, ...others] = await client.environments.list();
    t.same([main.id, others.length], ['main', 0]);
    t.holds(main.meta, {
      status: 'ready',
      primary: true,
      forked_from: null,
      read_only_mode: false,
    });
  });
  await check('a fork holds the same ids and goes its own way', async (t) => {
    const made = await client.environments.fork('main', { id: 'sandbox' });
    t.holds(made.meta, { status: 'ready', primary: false, forked_from: 'main' });
    t.same((await fork.itemTypes.find('page')).id, model.id);
    await fork.items.update(record.id, { title: 'Changed' });
    t.same((await fork.items.find(record.id)).title, 'Changed');
    t.same((await client.items.find(record.id)).title, 'Original');
  });
  await check('a fork that answers at once becomes ready', async (t) => {
    const made = await client.environments.fork(
      'main',
      { id: 'quick' },
      { immediate_return: true, fast: true, force: true },
    );
    t.ok(['creating', 'ready'].includes(made.meta.status), made.meta.status);
    t.same((await client.environments.find('quick')).id, 'quick');
  });
  await check('a taken name is refused as the command line tool expects', async (t) => {
    await t.refused(client.environments.fork('main', { id: 'sandbox' }), 'INVALID_FIELD', {
      field: 'name',
      code: 'VALIDATION_UNIQUENESS',
    });
  });
  await replacing({ check, client, record, fork });
  await maintaining({ check, client, record });
}

async function replacing({ check, client, record, fork }) {
  await check('an environment is renamed', async (t) => {
    t.same((await client.environments.rename('sandbox', { id: 'staging' })).id, 'staging');
    await t.refused(client.environments.find('sandbox'), 'NOT_FOUND');
    await t.refused(fork.itemTypes.list(), 'INVALID_ENVIRONMENT');
  });
  await check('a promoted environment becomes primary, and the other does again', async (t) => {
    const promoted = await client.environments.promote('staging');
    t.same(promoted.meta.primary, true);
    t.same((await client.items.find(record.id)).title, 'Changed');
    await t.refused(client.environments.promote('staging'), 'ALREADY_PRIMARY_ENVIRONMENT');
    await t.refused(client.environments.destroy('staging'), 'CANNOT_DESTROY_PRIMARY_ENVIRONMENT');
    await client.environments.promote('main');
    t.same((await client.items.find(record.id)).title, 'Original');
  });
  await check('a destroyed environment is gone', async (t) => {
    t.same((await client.environments.destroy('staging')).id, 'staging');
    t.same((await client.environments.list()).map(({ id }) => id).sort(), ['main', 'quick']);
  });
}

async function maintaining({ check, client, record }) {
  await check('maintenance mode stops writing to the primary, not reading', async (t) => {
    t.same((await client.maintenanceMode.find()).active, false);
    t.same((await client.maintenanceMode.activate({ force: true })).active, true);
    await t.refused(client.items.update(record.id, { title: 'No' }), 'MAINTENANCE_MODE');
    t.same((await client.items.find(record.id)).title, 'Original');
    t.same((await client.maintenanceMode.deactivate()).active, false);
    t.same((await client.items.update(record.id, { title: 'Yes' })).title, 'Yes');
  });
}
