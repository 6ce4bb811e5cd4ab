-- Purchases, each with the visitor's last click on the product: on ads, and on any.
-- purchases: of report_purchases.sql
-- {from_us} of the purchases
-- {window_us} a purchase that comes later after its click is not counted
with
    clicks as (
        select
            visitor_id,
            product_id,
            query_id,
            received_at_us as clicked_at_us,
            true as of_ads
        from events
        where event_type = 'ad_click' and received_at_us > {from_us} - {window_us}
        union all
        select visitor_id, product_id, query_id, received_at_us, false
        from events
        where
            event_type in ('click', 'ad_click')
            and received_at_us > {from_us} - {window_us}
    ),
    found as (
        select
            of_ads,
            query_id,
            product_id,
            clicked_at_us,
            at_us,
            value_minor,
            row_number() over (
                partition by purchase_id, of_ads order by clicked_at_us desc, query_id
            ) as back
        from purchases
        join clicks using (visitor_id, product_id)
        where clicked_at_us <= at_us and clicked_at_us > at_us - {window_us}
    )
select of_ads, query_id, product_id, clicked_at_us, at_us, value_minor
from found
where back = 1
order by at_us, query_id, product_id, of_ads
