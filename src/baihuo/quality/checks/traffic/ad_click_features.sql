-- One row a click, of an ad (is_ad) or not, with what tells interest from fraud: how
-- the click came about, what followed it, and how the visitor clicks on *other* pages
-- (counted over the other clicks of all pages, a rate tells which kind this click is).
-- Durations are log(1 + s), null if it did not happen; rates are smoothed by 20 shown.
-- {rows} the events
with
    click_rate as (
        select
            count(*) filter (event_type in ('click', 'ad_click'))
            / count(*) filter (event_type in ('impression', 'ad_impression')) as usual
        from {rows}
    ),
    events as (
        select
            * replace (
                coalesce(product_id, '') as product_id, coalesce(brand, '') as brand
            ),
            coalesce(query_id, import_id || ':' || line) as page,
            event_type in ('click', 'ad_click') as is_click,
            event_type in ('impression', 'ad_impression') as is_shown
        from {rows}
        left join (select product_id, brand from products) using (product_id)
        where visitor_id is not null
    ),
    timed as (
        select
            *,
            min(occurred_at_us) over (partition by visitor_id) as first_us,
            lag(occurred_at_us) over by_time as prev_us,
            lead(occurred_at_us) over by_time as next_us,
            max(case when is_shown then occurred_at_us end) over (
                by_time rows between unbounded preceding and current row
            ) as last_shown_us,
            min(case when event_type = 'purchase' then occurred_at_us end) over (
                by_time rows between 1 following and unbounded following
            ) as order_us
        from events
        window
            by_time as (
                partition by visitor_id order by occurred_at_us, import_id, line
            )
    ),
    items as (
        select
            visitor_id,
            page,
            product_id,
            min(case when is_shown then occurred_at_us end) as shown_us,
            max(dwell_ms) as dwell_ms,
            bool_or(event_type = 'add_to_cart') as is_in_cart
        from events
        group by all
    ),
    -- a visitor's page, by brand
    pieces as (
        select
            visitor_id,
            page,
            brand,
            count(*) filter (is_click) as n_clicks,
            count(*) filter (event_type = 'ad_click') as n_ad_clicks,
            count(*) filter (is_shown) as n_shown,
            count(*) filter (event_type = 'ad_impression') as n_ads_shown,
            count(*) filter (event_type = 'dwell') as n_dwells,
            count(*) filter (event_type = 'add_to_cart') as n_carts,
            divide(min(occurred_at_us), 86400000000) as day
        from events
        group by all
    ),
    elsewhere as (
        select
            visitor_id,
            page,
            brand,
            sum(n_clicks) over of_page as n_on_page,
            sum(n_clicks) over of_visitor - n_on_page as n_clicks,
            sum(n_ad_clicks) over of_visitor
            - sum(n_ad_clicks) over of_page as n_ad_clicks,
            sum(n_shown) over of_visitor - sum(n_shown) over of_page as n_shown,
            sum(n_ads_shown) over of_visitor
            - sum(n_ads_shown) over of_page as n_ads_shown,
            sum(n_dwells) over of_visitor - sum(n_dwells) over of_page as n_dwells,
            sum(n_carts) over of_visitor - sum(n_carts) over of_page as n_carts,
            sum(p.n_clicks) over of_brand - p.n_clicks as n_of_brand,
            sum(p.n_shown) over of_brand - p.n_shown as n_shown_of_brand,
            sum(n_clicks) over of_day - n_on_page as n_that_day,
            sum(n_shown) over of_day - sum(n_shown) over of_page as n_shown_that_day,
            count(distinct page) over of_visitor as n_pages,
            count(distinct day) over of_visitor as n_days
        from pieces as p
        window
            of_visitor as (partition by visitor_id),
            of_page as (partition by visitor_id, page),
            of_brand as (partition by visitor_id, brand),
            of_day as (partition by visitor_id, day)
    )
select
    import_id,
    line,
    visitor_id,
    timed.brand,
    coalesce(surface, '') as surface,
    event_type = 'ad_click' as is_ad,
    ln(1 + greatest(0, occurred_at_us - shown_us) / 1e6) as after_shown,
    ln(1 + greatest(0, occurred_at_us - last_shown_us) / 1e6) as after_any_shown,
    ln(1 + (occurred_at_us - prev_us) / 1e6) as after_last,
    ln(1 + (occurred_at_us - first_us) / 1e6) as after_first,
    ln(1 + (next_us - occurred_at_us) / 1e6) as to_next,
    ln(1 + (order_us - occurred_at_us) / 1e6) as to_order,
    ln(1 + items.dwell_ms / 1e3) as dwell,
    is_in_cart::double as in_cart,
    n_on_page::double as on_page,
    ln(n_pages) as pages,
    ln(n_days) as days,
    (n_clicks + 20 * usual) / (n_shown + 20) as click_rate,
    (n_that_day + 20 * usual) / (n_shown_that_day + 20) as click_rate_that_day,
    (n_of_brand + 20 * usual) / (n_shown_of_brand + 20) as click_rate_of_brand,
    (n_ad_clicks + 20 * usual) / (n_ads_shown + 20) as click_rate_of_ads,
    n_ad_clicks / (n_clicks + 1) as ads_of_clicks,
    n_of_brand / (n_clicks + 1) as brand_of_clicks,
    n_dwells / (n_clicks + 1) as dwells_a_click,
    n_carts / (n_clicks + 1) as carts_a_click
from timed
join items using (visitor_id, page, product_id)
join elsewhere using (visitor_id, page, brand)
cross join click_rate
where is_click
order by import_id, line
