/** A project's own things: site, plugins, workflows, roles, tokens, hooks, triggers, usage. */
import { generateId } from '@datocms/cma-client-node';

import { collect, makeModel } from '../building.mjs';

/** Check what belongs to a project as a whole. */
export async function project({ check, client, clientOf, dashboard, site }) {
  await aboutTheSite({ check, client, dashboard, site });
  await plugins({ check, client });
  await workflows({ check, client });
  await people({ check, client, clientOf });
  await integrations({ check, client });
  await usage({ check, client });
}

async function aboutTheSite({ check, client, dashboard, site }) {
  await check('the dashboard lists the project and gives it a token', async (t) => {
    const listed = await collect(dashboard.sites.listPagedIterator());
    t.ok(listed.some(({ id }) => id === site.id));
    t.same(typeof site.access_token, 'string');
  });
  await check('a destroyed project is gone', async (t) => {
    const made = await dashboard.sites.create({ name: 'Short-lived' });
    await dashboard.sites.destroy(made.id);
    await t.refused(dashboard.sites.find(made.id), 'NOT_FOUND');
  });
  await check('a site starts with one locale and takes changes', async (t) => {
    t.holds(await client.site.find(), { locales: ['en'], timezone: 'Europe/London' });
    const theme = {
      type: 'custom',
      logo: null,
      primary_color: { red: 1, green: 2, blue: 3, alpha: 255 },
      light_color: { red: 4, green: 5, blue: 6, alpha: 255 },
      accent_color: { red: 7, green: 8, blue: 9, alpha: 255 },
      dark_color: { red: 0, green: 0, blue: 0, alpha: 255 },
    };
    const updated = await client.site.update({
      name: 'My project',
      locales: ['it', 'en'],
      timezone: 'Europe/Rome',
      no_index: true,
      theme,
    });
    t.holds(updated, { name: 'My project', locales: ['it', 'en'], no_index: true, theme });
  });
  await check('public information tells the name', async (t) => {
    t.same((await client.publicInfo.find()).name, 'My project');
  });
}

async function plugins({ check, client }) {
  await check('a private plugin takes parameters and tells its fields', async (t) => {
    const plugin = await client.plugins.create({
      id: generateId(),
      name: 'Mine',
      url: 'https://example.com/plugin',
      description: 'Does things',
      permissions: ['currentUserAccessToken'],
    });
    t.holds(plugin, { name: 'Mine', package_name: null, url: 'https://example.com/plugin' });
    const updated = await client.plugins.update(plugin, { parameters: { a: { b: [1, null] } } });
    t.same(updated.parameters, { a: { b: [1, null] } });
    const { fields } = await makeModel(
      client,
      { api_key: 'decorated' },
      {
        name: {
          field_type: 'string',
          appearance: { editor: plugin.id, parameters: { big: true }, addons: [] },
        },
      },
    );
    t.same(
      (await client.plugins.fields(plugin)).map(({ id }) => id),
      [fields.name.id],
    );
    await client.fields.destroy(fields.name);
    await client.plugins.destroy(plugin);
    t.same(await client.plugins.list(), []);
  });
  await check('a plugin of the marketplace is filled in by the server', async (t) => {
    const plugin = await client.plugins.create({ package_name: 'datocms-plugin-tag-editor' });
    t.same(plugin.package_name, 'datocms-plugin-tag-editor');
    t.same([typeof plugin.name, typeof plugin.url], ['string', 'string']);
    await client.plugins.destroy(plugin);
  });
}

async function workflows({ check, client }) {
  await check('records go through the stages of a workflow', async (t) => {
    const stages = [
      { id: 'draft', name: 'Draft', initial: true },
      { id: 'review', name: 'Review', description: 'Two people' },
    ];
    const workflow = await client.workflows.create({ name: 'Press', api_key: 'press', stages });
    t.same(
      (await client.workflows.find(workflow.id)).stages.map(({ id }) => id),
      ['draft', 'review'],
    );
    const { type } = await makeModel(
      client,
      {
        api_key: 'news',
        draft_mode_active: true,
        workflow: { type: 'workflow', id: workflow.id },
      },
      { title: { field_type: 'string' } },
    );
    const record = await client.items.create({ item_type: type, title: 'x' });
    t.same(record.meta.stage, 'draft');
    const moved = await client.items.update(record.id, { meta: { stage: 'review' } });
    t.same(moved.meta.stage, 'review');
    const items = [{ type: 'item', id: record.id }];
    await client.items.bulkMoveToStage({ items, stage: 'draft' });
    t.same((await client.items.find(record.id)).meta.stage, 'draft');
  });
}

async function people({ check, client, clientOf }) {
  const on = {};
  const rule = {
    environment: 'main',
    action: 'read',
    item_type: null,
    workflow: null,
    on_stage: null,
    on_creator: 'anyone',
  };
  await check('a role keeps its rules, and takes itself back as an update', async (t) => {
    t.same((await client.roles.list()).length, 2);
    on.role = await client.roles.create({
      name: 'Reader',
      can_edit_schema: false,
      environments_access: 'primary_only',
      positive_item_type_permissions: [rule],
      negative_item_type_permissions: [],
    });
    const found = await client.roles.find(on.role.id);
    const [kept] = found.positive_item_type_permissions;
    for (const [key, value] of Object.entries(rule)) t.same(kept[key] ?? null, value);
    t.same(typeof found.meta.final_permissions, 'object');
    const { id, type, ...rest } = found;
    t.same((await client.roles.update(id, { ...rest, name: 'Guest' })).name, 'Guest');
    t.same([type, (await client.roles.list()).length], ['role', 3]);
  });
  await restricting({ check, client, clientOf }, on);
  await tokens({ check, client }, on);
}

async function restricting({ check, client, clientOf }, on) {
  await check('a token of that role reads records, but does not change the schema', async (t) => {
    const { type } = await makeModel(
      client,
      { api_key: 'memo' },
      { text: { field_type: 'string' } },
    );
    const memo = await client.items.create({ item_type: type, text: 'x' });
    const token = await client.accessTokens.create({
      name: 'Reader',
      can_access_cda: false,
      can_access_cda_preview: false,
      can_access_cma: true,
      role: { type: 'role', id: on.role.id },
    });
    const reader = clientOf({ apiToken: token.token });
    t.same((await reader.items.find(memo.id)).text, 'x');
    await t.refused(
      reader.itemTypes.create({ name: 'X', api_key: 'x' }),
      'INSUFFICIENT_PERMISSIONS',
    );
    await client.accessTokens.destroy(token);
    await t.refused(reader.items.find(memo.id), 'INVALID_AUTHORIZATION_HEADER');
  });
}

async function tokens({ check, client }, on) {
  await check('tokens are listed, renamed and renewed', async (t) => {
    t.same((await client.accessTokens.list()).length, 1);
    const token = await client.accessTokens.create({
      name: 'T',
      can_access_cda: true,
      can_access_cda_preview: false,
      can_access_cma: false,
      role: { type: 'role', id: on.role.id },
    });
    const flags = { can_access_cda: true, can_access_cda_preview: true, can_access_cma: false };
    t.holds(await client.accessTokens.update(token.id, { ...token, name: 'U', ...flags }), {
      name: 'U',
      ...flags,
    });
    const renewed = await client.accessTokens.regenerateToken(token.id);
    t.ok(renewed.token !== token.token);
    await client.accessTokens.destroy(token.id);
    await client.roles.destroy(on.role.id);
    t.same((await client.roles.list()).length, 2);
  });
  await check('a token tells who it is and what it may do', async (t) => {
    const { data, included } = await client.users.rawFindMe({ include: 'role' });
    t.same(data.type, 'access_token');
    t.ok(included.some(({ type }) => type === 'role'));
  });
}

async function integrations({ check, client }) {
  await check('a webhook is kept with its events and filters', async (t) => {
    const wanted = {
      name: 'Hook',
      url: 'https://example.com/hook',
      headers: { 'X-Foo': 'Bar' },
      events: [
        {
          entity_type: 'item',
          event_types: ['update', 'publish'],
          filters: [{ entity_type: 'item_type', entity_ids: ['memo'] }],
        },
      ],
      custom_payload: null,
      http_basic_user: 'u',
      http_basic_password: 'p',
    };
    const hook = await client.webhooks.create({ ...wanted, enabled: false });
    t.holds(await client.webhooks.find(hook.id), { ...wanted, enabled: false });
    t.same((await client.webhooks.update(hook, { name: 'Other' })).name, 'Other');
    t.same(await client.webhookCalls.list(), []);
    await client.webhooks.destroy(hook);
    t.same(await client.webhooks.list(), []);
  });
  await check('a build trigger is kept, pulled and reindexed', async (t) => {
    const trigger = await client.buildTriggers.create({
      name: 'Site',
      adapter: 'custom',
      adapter_settings: { trigger_url: 'https://example.com', headers: {}, payload: null },
      frontend_url: null,
      enabled: true,
      autotrigger_on_scheduled_publications: false,
      indexing_enabled: false,
    });
    t.holds(trigger, { name: 'Site', adapter: 'custom', indexing_enabled: false });
    t.same(await client.buildTriggers.trigger(trigger), undefined);
    t.same((await client.buildTriggers.update(trigger, { name: 'X' })).name, 'X');
    t.same(await client.buildEvents.list(), []);
    await client.buildTriggers.destroy(trigger);
    t.same(await client.buildTriggers.list(), []);
  });
  await searching({ check, client });
}

async function searching({ check, client }) {
  await check('a search index is kept, and finds nothing yet', async (t) => {
    const index = await client.searchIndexes.create({
      name: 'Index',
      enabled: true,
      frontend_url: 'https://example.com',
      user_agent_suffix: null,
      build_triggers: [],
    });
    t.holds(await client.searchIndexes.find(index.id), { name: 'Index', enabled: true });
    const found = await client.searchResults.rawList({
      filter: { query: 'x', search_index_id: index.id },
    });
    t.same([found.data, found.meta.total_count], [[], 0]);
    t.same((await client.searchIndexes.destroy(index)).id, index.id);
  });
}

async function usage({ check, client }) {
  await check('usage, limits, features and logs are told', async (t) => {
    const [day] = await client.dailyUsages.list();
    t.same(day.mux_delivered_seconds, 0);
    const limits = await client.subscriptionLimits.list();
    t.ok(limits.some(({ code }) => code === 'items'));
    t.ok((await client.subscriptionFeatures.list()).length > 0);
    const log = await client.auditLogEvents.rawQuery({
      data: { type: 'audit_log_query', attributes: { filter: 'x' } },
    });
    t.same(log, { data: [], meta: { next_token: null } });
  });
}
