-- TODO: what its rows are
-- {at}
-- {earlier}
-- {late_us}
-- {none}
-- {rows}
-- {until_us}
with
    cancels as (
        select
            import_id,
            line,
            visitor_id,
            product_id,
            {at},
            sum(coalesce(quantity, 1)) over (
                partition by visitor_id, product_id
                order by {at}, import_id, line
                rows between unbounded preceding and current row
            ) as n_cancelled
        from {rows}
        where event_type = 'cancel'
    ),
    purchases as (
        select visitor_id, product_id, {at} as bought_us, quantity
        from
            (
                select
                    import_id,
                    line,
                    visitor_id,
                    product_id,
                    {at},
                    coalesce(quantity, 1) as quantity
                from {rows}
                where event_type = 'purchase'{earlier}
            )
        semi join cancels using (visitor_id, product_id)
    ),
    judged as (
        select
            c.import_id,
            c.line,
            any_value(n_cancelled) as n_cancelled,
            any_value({at}) < {until_us} as is_early,
            coalesce(
                sum(quantity) filter (bought_us <= {at} + {late_us}), 0
            ) as n_bought
        from cancels as c
        left join purchases using (visitor_id, product_id)
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
    {none} as field,
    {none} as new,
    cast(
        to_json(struct_pack(bought := n_bought, cancelled := n_cancelled)) as varchar
    ) as detail
from judged
where n_bought < n_cancelled
