-- Findings: lines that an order has again hours later, in a log where orders are placed
-- at once: its confirmation was opened once more. Those more than a day apart are found
-- as such.
--
-- {rows}     the events left, columns of a line of an order
-- {line}     columns that make a line of an order, with the visitor
-- {max_share} of orders: more, and lines come again as they are sent
-- {again_us} a retry comes sooner, µs
-- {apart_us} a day, µs
with
    lines as (
        select
            *,
            min(occurred_at_us) over again as first_us,
            min(received_at_us) over again as first_received_us,
            max(occurred_at_us) over of_order as last_us,
            min(occurred_at_us) over of_order as begins_us
        from {rows}
        where
            event_type = 'purchase' and order_id is not null and product_id is not null
        window
            again as (partition by order_id, {line}),
            of_order as (partition by order_id)
    ),
    found as (
        select *
        from lines
        where
            occurred_at_us - first_us > {again_us}
            and received_at_us - first_received_us > {again_us}
            and last_us - begins_us <= {apart_us}
    )
select
    import_id,
    line,
    'shared_order_id' as rule,
    'note' as action,
    'order_id' as field,
    cast(null as varchar) as new,
    cast(
        to_json(
            struct_pack(
                field := 'order_id',
                old := order_id,
                again_after_hours := round((occurred_at_us - first_us) / 3.6e9, 1)
            )
        ) as varchar
    ) as detail
from found
where
    (select count(distinct order_id) from found)
    <= {max_share} * (select count(distinct order_id) from lines)
