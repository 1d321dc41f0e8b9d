-- Ids are drawn from a sequence and never given out twice, not even after a hard delete. It is one sequence for all
-- tenants; a transaction that rolls back, or that loses a race for the same content, leaves a gap.
create sequence schema_ids as integer;

-- One row per distinct content of a tenant. The row lives as long as a version, live or soft-deleted, points at it.
create table schemas (
    tenant text not null,
    id integer not null,
    -- the content key: MD5 over canonical text, references, metadata and rules, the same on every registry
    guid uuid not null,
    -- MD5 over the normalised text with its references inlined: equal for schemas that mean the same
    equivalent uuid not null,
    schema_type text not null,
    canonical text not null,
    -- [{name, subject, version}] in the order they were given
    refs jsonb not null,
    -- json, not jsonb: returned in the order they were given
    metadata json,
    rule_set json,
    created_by text not null,
    created_at timestamptz not null default now(),
    constraint schemas_pkey primary key (tenant, id),
    constraint schemas_guid_key unique (tenant, guid),
    constraint schemas_type_check check (schema_type in ('AVRO', 'JSON', 'PROTOBUF'))
);

-- re-registration of an equivalent schema looks here
create index schemas_equivalent_idx on schemas (tenant, equivalent);

-- "who refers to this version" looks here; most schemas refer to nothing and stay out of it
create index schemas_refs_idx on schemas using gin (refs jsonb_path_ops) where refs <> '[]'::jsonb;
