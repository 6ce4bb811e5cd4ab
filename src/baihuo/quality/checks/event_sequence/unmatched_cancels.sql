-- Cancels of more units than their visitor had left of the product by then.
-- What goes beyond that is cancelled from nothing (or from before the log
-- begins), so it takes no unit of a later purchase.
-- {tolerance_us}   out of order by no more than this is in order, µs
-- {early_until_us} a cancel before this time may be of a purchase before the log began
-- {returns_us}     a cancel so long after a hole may be of a purchase in it, µs
with
    moments as (
        select
            *,
            case event_type when 'purchase' then units else - units end as change,
            case
                event_type
                when 'purchase'
                then occurred_at_us - {tolerance_us}
                else occurred_at_us
            end as in_order_us
        from events_of_pairs
        where event_type in ('purchase', 'cancel')
    ),
    balances as (
        select
            *,
            sum(change) over so_far as n_left,
            sum(greatest(change, 0)) over so_far as n_bought,
            - sum(least(change, 0)) over so_far as n_cancelled
        from moments
        window
            so_far as (
                partition by visitor_id, product_id
                order by in_order_us, change desc, import_id, line
                rows unbounded preceding
            )
    ),
    beyond as (
        select *
        from balances
        anti join
            (select * from unplaced_pairs where event_type = 'purchase') using (
                visitor_id, product_id
            )
        qualify
            event_type = 'cancel'
            and n_left < coalesce(
                min(least(n_left, 0)) over (
                    partition by visitor_id, product_id
                    order by in_order_us, change desc, import_id, line
                    rows between unbounded preceding and 1 preceding
                ),
                0
            )
    ),
    named as (
        select
            *,
            case
                when n_bought > 0
                then 'cancel_of_more_than_bought'
                when
                    occurred_at_us < {early_until_us}
                    or exists (
                        select 1
                        from purchase_holes as h
                        where
                            beyond.occurred_at_us
                            between h.starts_us and h.ends_us + {returns_us}
                    )
                then 'cancel_of_earlier_purchase'
                else 'cancel_without_purchase'
            end as rule
        from beyond
    )
select
    import_id,
    line,
    rule,
    case
        when rule = 'cancel_without_purchase' then 'quarantine' else 'note'
    end as action,
    cast(null as varchar) as field,
    cast(null as varchar) as new,
    cast(
        to_json(struct_pack(bought := n_bought, cancelled := n_cancelled)) as varchar
    ) as detail
from named
