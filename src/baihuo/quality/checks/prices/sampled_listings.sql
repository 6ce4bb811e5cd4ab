-- The listings that a model of prices learns from, and all candidates (is_candidate),
-- with shuffle_key (an order that says nothing about them).
-- {prices_by_category} a SELECT of listings with price_group
-- {sample_rows}        listings to learn from, about, spread over the groups
select
    * exclude (nth, n_groups),
    (import_id, line) in (select (import_id, line) from candidates) as is_candidate
from
    (
        select
            *,
            md5(product_id) as shuffle_key,
            row_number() over (
                partition by price_group, currency
                order by md5(product_id), import_id, line
            ) as nth,
            count(distinct price_group) over () as n_groups
        from ({prices_by_category})
        where price_group is not null
    )
where
    nth <= greatest(50, divide({sample_rows}, n_groups))
    or (import_id, line) in (select (import_id, line) from candidates)
