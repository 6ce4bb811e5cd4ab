-- Findings: purchases of one visitor within moments whose order ids count up by one, in
-- a log where no other ids do: a spreadsheet filled the id of the first line down.
-- Where ids are numbers of a counter, others count, too; where a cart is split into
-- orders, many do, and parts of an order (1001-1, 1001-2) are behind a sign.
--
-- {pattern}    quoted RE2 of an order id: what stands before its number, and the number
-- {apart_us}   lines of one order come within it, µs
-- {max_share}  of orders next to another visitor's: more, and ids are counted
-- {max_filled} of orders next to the visitor's own: more, and orders are split
with
    lines as materialized(
        select
            import_id,
            line,
            visitor_id,
            occurred_at_us,
            order_id,
            regexp_extract(order_id, {pattern}, 1) as before,
            try_cast(regexp_extract(order_id, {pattern}, 2) as bigint) as number,
            length(order_id) as n_signs
        from purchases_and_reviews
        where event_type = 'purchase' and regexp_matches(order_id, {pattern})
    ),
    next_to as materialized(
        select
            later.import_id,
            later.line,
            later.order_id,
            earlier.order_id as of_order,
            later.visitor_id = earlier.visitor_id as is_own,
            is_own
            and abs(later.occurred_at_us - earlier.occurred_at_us)
            <= {apart_us} as is_filled
        from lines as later
        join
            lines as earlier
            on earlier.before = later.before
            and earlier.number + 1 = later.number
            and earlier.n_signs = later.n_signs
        where later.visitor_id is not null
    ),
    counts as (
        select
            count(distinct order_id) filter (not is_own) as n_counted,
            count(distinct order_id) filter (is_filled) as n_filled,
            (select count(distinct order_id) from lines) as n
        from next_to
    )
select distinct
    import_id,
    line,
    'row_against_order' as rule,
    'note' as action,
    'order_id' as field,
    cast(null as varchar) as new,
    cast(
        to_json(
            struct_pack(field := 'order_id', old := order_id, counted_from := of_order)
        ) as varchar
    ) as detail
from next_to, counts
where is_filled and n_counted <= {max_share} * n and n_filled <= {max_filled} * n
