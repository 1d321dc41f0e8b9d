-- Bearer tokens. The secret is 256 random bits and only its SHA-256 is kept: with that much entropy a slow hash
-- would add nothing.
create table tokens (
    tenant text not null,
    id uuid not null,
    -- the principal that a write by this token is ascribed to
    name text not null,
    secret_hash bytea not null,
    created_by text not null,
    created_at timestamptz not null default now(),
    revoked_at timestamptz,
    constraint tokens_pkey primary key (tenant, id),
    constraint tokens_secret_hash_key unique (secret_hash),
    constraint tokens_secret_hash_check check (octet_length(secret_hash) = 32)
);

-- a name stands for one token at a time, and is free again once that one is revoked
create unique index tokens_name_key on tokens (tenant, name) where revoked_at is null;
