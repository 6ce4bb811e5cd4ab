-- Findings: clicks of newcomers who opened the very same products within half an hour
-- of each other and did nothing else; most of all who ever opened that set.
-- {rows}         events: event_type, visitor_id, product_id, occurred_at_us
-- {min_products} in the set; one product is what an advertisement shows
-- {max_clicks}   of a visitor
-- {visitors}     so many with one set
-- {window_us}    before and after a visitor, µs
with
    newcomers as (
        select actor as visitor_id
        from days
        group by actor
        having
            count(*) = 1
            and sum(n) = sum(n_clicks)
            and sum(n_clicks) between {min_products} and {max_clicks}
    ),
    clicks as (
        select import_id, line, visitor_id, product_id, occurred_at_us
        from {rows} as r
        semi join newcomers using (visitor_id)
        where event_type = 'click' and product_id is not null
    ),
    sets as (
        select
            visitor_id,
            min(occurred_at_us) as from_us,
            list_sort(list_distinct(list(product_id))) as products
        from clicks
        group by visitor_id
        having count(distinct product_id) >= {min_products}
    ),
    counted as (
        select
            *,
            count(*) over (partition by products) as n_ever,
            count(*) over (
                partition by products
                order by
                    from_us
                    range between {window_us} preceding and {window_us} following
            ) as n_near
        from sets
    ),
    farms as (
        select
            visitor_id,
            products,
            min(from_us) over (partition by products) as from_us,
            count(*) over (partition by products) as n
        from counted
        where n_near >= {visitors} and 2 * n_near >= n_ever
    )
select
    import_id,
    line,
    'crowd' as rule,
    'note' as action,
    cast(null as varchar) as field,
    cast(null as varchar) as new,
    cast(
        to_json(
            struct_pack(
                clicks_in_hour := n * length(products),
                of_visitors_of_nothing_else := n,
                hour_from_us := from_us,
                products := products[1:20]
            )
        ) as varchar
    ) as detail
from clicks
join farms using (visitor_id)
