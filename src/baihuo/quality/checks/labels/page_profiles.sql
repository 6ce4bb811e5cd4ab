-- Pages and their surfaces, with what it takes to see which need a closer look.
-- The log is read once for it.
--
-- A page has as many distinct positions as rows where none is shared; those below
-- 120 are counted as bits of one number. Hashes of products and visitors only narrow
-- down, so no finding depends on them. first_row is import_id and line as one number.
--
-- {rows}   the events left
select
    query_id,
    surface,
    min(platform) as platform,
    max(platform) as last_platform,
    min(device) as device,
    max(device) as last_device,
    min(country) as country,
    max(country) as last_country,
    min(language) as language,
    max(language) as last_language,
    min(query_text) as query_text,
    max(query_text) as last_query_text,
    min(occurred_at_us) as first_us,
    max(occurred_at_us) as last_us,
    min(received_at_us) as first_received_us,
    min(hash(visitor_id)) as first_visitor,
    max(hash(visitor_id)) as last_visitor,
    count(*) as n_rows,
    min(position) as first_position,
    max(position) as last_position,
    count(position) as n_with_position,
    count(*) filter (position < 120) as n_below_120,
    bit_count(
        bit_or(
            case
                when position >= 0 and position < 120
                then cast(1 as hugeint) << position
            end
        )
    ) as n_distinct_below_120,
    list_unique(
        list(hash(product_id)) filter (position is not null)
    ) as n_distinct_products,
    min(import_id * cast(9223372036854775808 as hugeint) + line) as first_row
from {rows}
where event_type = 'impression' and query_id is not null and product_id is not null
group by query_id, surface
