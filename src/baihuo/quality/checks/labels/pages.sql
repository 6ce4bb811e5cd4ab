-- A line a page (and surface): what it takes to see that a page needs a closer look.
-- Read once.
--
-- The bits of a page's positions are as many as its rows where none is shared;
-- ``hash`` only narrows
-- down, so nothing depends on how it is made.
-- {import_sql}
-- {rows}
-- {shown}
select
    query_id,
    surface,
    min(platform) as platform,
    count(position) as n_told,
    count(*) filter (position < 120) as n_placed,
    bit_count(
        bit_or(
            case
                when position >= 0 and position < 120
                then cast(1 as hugeint) << position
            end
        )
    ) as n_positions,
    list_unique(list(hash(product_id)) filter (position is not null)) as n_products,
    min(import_id * {import_sql} + line) as first
from {rows}
where {shown}
group by query_id, surface
