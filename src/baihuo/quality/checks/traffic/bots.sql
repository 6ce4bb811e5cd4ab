-- TODO: what its rows are
-- {clients}
-- {pause_us}
-- {sure}
with
    judged as (
        select
            import_id,
            line,
            at_us,
            s.*,
            score >= {sure} and n_clients < {clients} as is_bot
        from busy
        join
            scores as s
            on s.who = busy.who
            and busy.at_us between s.from_us and s.to_us + divide({pause_us}, 3)
        qualify
            is_bot
            or row_number() over (
                partition by s.who, s.from_us order by at_us, import_id, line
            )
            = 1
    )
select
    import_id,
    line,
    case when is_bot then 'bot' else 'perhaps_bot' end as rule,
    case when is_bot then 'quarantine' else 'note' end as action,
    cast(null as varchar) as field,
    cast(null as varchar) as new,
    cast(
        to_json(
            struct_pack(
                score := score,
                reasons := reasons,
                acts := n_acts,
                from_us := from_us,
                span_hours := span_hours,
                acts_per_minute := acts_per_minute,
                gap_spread := gap_spread,
                longest_run := longest_run,
                products := n_products,
                clicks := n_clicks,
                dwells := n_dwells,
                impressions := n_impressions,
                carts := n_carts,
                clients := n_clients
            )
        ) as varchar
    ) as detail
from judged
