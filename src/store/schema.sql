-- One text for SQLite and PostgreSQL. Times are milliseconds since 1970 by the database's clock; numbers are 64 bits wide.

create table projects (
    id text primary key,
    tenant text not null,
    owner text not null,
    name text not null,
    created_at bigint not null,
    updated_at bigint not null,
    archived_at bigint,
    deleted_at bigint
);
create index projects_of_owner on projects (tenant, owner, id);

create table generations (
    id text primary key,
    tenant text not null,
    owner text not null,
    project text not null references projects (id),
    name text not null,
    status text not null,
    cause text,
    reason text,
    submission text not null,
    -- The small part of the submission, for lists.
    terms text not null,
    webhook text,
    wanted text not null,
    priority bigint not null,
    run_at bigint not null,
    created_at bigint not null,
    updated_at bigint not null,
    started_at bigint,
    finished_at bigint,
    -- Number of the last claim: what an earlier claim still writes is refused.
    epoch bigint not null default 0,
    -- Claims since the last durable step: what kills its worker again and again is retired.
    claims bigint not null default 0,
    holder text,
    lease_until bigint not null default 0,
    cancel bigint not null default 0,
    last_event bigint not null default 0,
    progress text not null,
    -- Where the workspace is kept: a folder's name, or a checkpoint's.
    workspace text,
    -- The one host that has the workspace; none when every host can have it.
    host text,
    artifact text,
    report text,
    -- Whether a part is not kept any more: 1 as soon as that is so, 2 when it was removed from the storage too.
    workspace_gone bigint not null default 0,
    artifact_gone bigint not null default 0,
    logs_gone bigint not null default 0,
    deleted_at bigint
);
create index generations_of_owner on generations (tenant, owner, id);
create index generations_of_project on generations (project, id);
create index generations_to_claim on generations (status, priority, run_at) where status in ('queued', 'running', 'paused');
create index generations_to_cancel on generations (holder) where cancel = 1;
create index generations_finished on generations (finished_at) where finished_at is not null;
create index generations_deleted on generations (deleted_at) where deleted_at is not null;

create table events (
    generation text not null references generations (id),
    sequence bigint not null,
    at bigint not null,
    event text not null,
    primary key (generation, sequence)
);

create table idempotency (
    tenant text not null,
    owner text not null,
    route text not null,
    key text not null,
    fingerprint text not null,
    answer text not null,
    created_at bigint not null,
    primary key (tenant, owner, route, key)
);
create index idempotency_by_age on idempotency (created_at);

create table api_keys (
    id text primary key,
    tenant text not null,
    owner text not null,
    name text not null,
    digest text not null,
    -- What a person tells it from others by.
    last_four text not null,
    created_at bigint not null,
    last_used_at bigint,
    revoked_at bigint
);
create index api_keys_of_owner on api_keys (tenant, owner, id);

-- What is to be told to somebody: written with what it tells of, sent later, as often as it takes.
create table deliveries (
    id text primary key,
    generation text not null references generations (id),
    body text not null,
    attempts bigint not null default 0,
    run_at bigint not null,
    done_at bigint,
    last_error text
);
create index deliveries_due on deliveries (run_at) where done_at is null;
create index deliveries_of_generation on deliveries (generation);

-- Generations of which nothing is recorded any more: whoever finds a folder of one may remove it.
create table forgotten (
    generation text primary key,
    at bigint not null
);

-- What one process at a time looks after.
create table duties (
    name text primary key,
    holder text not null,
    until bigint not null
);
