-- Findings: cancels of more units than their visitor had bought of the product by
-- then. A purchase that was quarantined was still made: its cancels are not judged.
-- {rows} events: visitor_id, product_id, event_type, occurred_at_us, quantity
-- {earlier_purchases} a UNION with the purchases of earlier ranges of days, or nothing
-- {tolerance_us}      out of order by no more than this is in order, µs
-- {early_until_us} a cancel before this time may be of a purchase before the log began
-- {is_after_hole}  SQL of a cancel c that stands in a hole of purchases or after it
with
    cancels as (
        select
            import_id,
            line,
            visitor_id,
            product_id,
            occurred_at_us,
            sum(coalesce(quantity, 1)) over (
                partition by visitor_id, product_id
                order by occurred_at_us, import_id, line
                rows between unbounded preceding and current row
            ) as n_cancelled
        from {rows}
        where event_type = 'cancel'
    ),
    purchases as (
        select visitor_id, product_id, occurred_at_us as bought_at_us, quantity
        from
            (
                select
                    import_id,
                    line,
                    visitor_id,
                    product_id,
                    occurred_at_us,
                    coalesce(quantity, 1) as quantity
                from {rows}
                where event_type = 'purchase'{earlier_purchases}
            )
        semi join cancels using (visitor_id, product_id)
    ),
    counted as (
        select
            c.import_id,
            c.line,
            any_value(c.visitor_id) as visitor_id,
            any_value(c.product_id) as product_id,
            any_value(n_cancelled) as n_cancelled,
            any_value(occurred_at_us) < {early_until_us} or {is_after_hole} as is_early,
            coalesce(
                sum(quantity) filter (bought_at_us <= occurred_at_us + {tolerance_us}),
                0
            ) as n_bought
        from cancels as c
        left join
            purchases as p
            on p.visitor_id = c.visitor_id
            and p.product_id = c.product_id
        group by c.import_id, c.line
    )
select
    import_id,
    line,
    case
        when n_bought > 0
        then 'cancel_of_more_than_bought'
        when is_early
        then 'cancel_of_earlier_purchase'
        else 'cancel_without_purchase'
    end as rule,
    case when n_bought > 0 or is_early then 'note' else 'quarantine' end as action,
    cast(null as varchar) as field,
    cast(null as varchar) as new,
    cast(
        to_json(struct_pack(bought := n_bought, cancelled := n_cancelled)) as varchar
    ) as detail
from counted
where
    n_bought < n_cancelled
    and (visitor_id, product_id) not in (
        select (visitor_id, product_id)
        from unplaced_events
        where
            event_type = 'purchase'
            and visitor_id is not null
            and product_id is not null
    )
