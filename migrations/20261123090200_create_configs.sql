-- What a subject (or, where subject is null, the whole tenant) asks of new schemas.
create table configs (
    tenant text not null,
    subject text collate "C",
    compatibility text,
    -- every other field of the Confluent document, as it was given
    fields json not null,
    updated_by text not null,
    updated_at timestamptz not null default now(),
    constraint configs_subject_key unique nulls not distinct (tenant, subject),
    constraint configs_compatibility_check check (compatibility in (
        'NONE', 'BACKWARD', 'BACKWARD_TRANSITIVE', 'FORWARD', 'FORWARD_TRANSITIVE', 'FULL', 'FULL_TRANSITIVE'
    ))
);

-- Whether a subject (or, where subject is null, the whole tenant) may be written.
create table modes (
    tenant text not null,
    subject text collate "C",
    mode text not null,
    updated_by text not null,
    updated_at timestamptz not null default now(),
    constraint modes_subject_key unique nulls not distinct (tenant, subject),
    constraint modes_mode_check check (mode in ('READWRITE', 'READONLY'))
);
