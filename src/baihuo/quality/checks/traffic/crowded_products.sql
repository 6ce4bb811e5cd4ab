-- Products that far more newcomers touched on a day than was to be expected:
-- product_id, day, n, expected.
--
-- Expected is the larger of two: the product's share of the days of visitors who came
-- more than once (a loop cannot move it), of the newcomers who did not touch it; and
-- what no more than 5 of 100 products (those that nobody touched included) and one
-- other had more of on that day.
-- {min_visitors}   so many newcomers …
-- {times_expected} … and this many times the expected
-- {head}           share of products that are many people's on any day
-- {min_others}     of fewer days of other visitors a share says nothing
with
    touched as (
        select
            t.visitor_id,
            product_id,
            day,
            case when is_newcomer then day end as newcomer_day
        from touches as t
        join visitor_days using (visitor_id, day)
    ),
    counted as (
        select
            product_id,
            newcomer_day as day,
            count(*) as n,
            row_number() over (
                partition by newcomer_day order by count(*) desc, product_id
            ) as nth
        from touched
        where newcomer_day is not null
        group by product_id, newcomer_day
    ),
    by_product as (
        select
            *,
            coalesce(
                max(case when nth > greatest(1, {head} * n_products) then n end) over (
                    partition by day
                ),
                0
            ) as usual
        from counted
        cross join (select count(distinct product_id) as n_products from touched)
    ),
    by_day as (
        select newcomer_day as day, count(distinct visitor_id) as n_newcomers
        from touched
        where newcomer_day is not null
        group by newcomer_day
    ),
    busy as (select * from by_product where n >= {min_visitors}),
    known as (select * from touched where newcomer_day is null),
    known_days as (
        select count(*) as n_days from (select distinct visitor_id, day from known)
    ),
    others as (
        select b.product_id, b.day, count(k.visitor_id) as n_on_it
        from busy as b
        left join known as k using (product_id)
        group by b.product_id, b.day
    ),
    shared as (
        select
            b.*,
            n_newcomers - n as n_rest,
            case
                when n_days >= {min_others} then (n_on_it + 0.5) / (n_days + 1)
            end as share
        from busy as b
        join by_day using (day)
        join others as o on o.product_id = b.product_id and o.day = b.day
        cross join known_days
    ),
    judged as (
        select
            product_id,
            day,
            n,
            greatest(
                1, usual, coalesce(n_rest * share / greatest(1 - share, 0.01), 0)
            ) as expected
        from shared
    )
select product_id, day, n, round(expected, 1) as expected
from judged
where n >= {times_expected} * expected
