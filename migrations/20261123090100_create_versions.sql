-- A subject is the set of its versions. Subjects compare as bytes, as Confluent's do, hence collate "C".
create table versions (
    tenant text not null,
    subject text collate "C" not null,
    version integer not null,
    schema_id integer not null,
    -- soft-deleted: hidden, yet still served by id and by explicit request
    deleted boolean not null default false,
    created_by text not null,
    created_at timestamptz not null default now(),
    constraint versions_pkey primary key (tenant, subject, version),
    constraint versions_version_check check (version > 0),
    -- a registration that races the hard delete of its content fails here and is tried again
    constraint versions_schema_fkey foreign key (tenant, schema_id) references schemas (tenant, id)
);

-- the versions of an id, whether a subject has it, and what the foreign key needs
create index versions_schema_idx on versions (tenant, schema_id, subject, version);

-- Counts hard deletes. Replicas poll it and drop their caches when the sum has moved. Only deletions write it, so
-- that registrations share no row.
create table deletion_epochs (
    tenant text not null,
    epoch bigint not null,
    constraint deletion_epochs_pkey primary key (tenant)
);
