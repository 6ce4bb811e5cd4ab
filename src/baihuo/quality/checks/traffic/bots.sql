-- Findings: every row of a period that is a bot's, and the first row of one that may
-- be.
-- {bot_score}   periods of this score or more are a bot's
-- {max_clients} from so many clients on it is many people under one id
-- {pause_us} a pause that ends a period, µs; a third of it still belongs to the period
with
    scored as (
        select
            import_id,
            line,
            at_us,
            s.*,
            score >= {bot_score} and n_clients < {max_clients} as is_bot
        from busy_rows as b
        join
            scores as s
            on s.actor = b.actor
            and b.at_us between s.from_us and s.to_us + divide({pause_us}, 3)
        qualify
            is_bot
            or row_number() over (
                partition by s.actor, s.from_us order by at_us, import_id, line
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
                whose := actor,
                score := score,
                reasons := reasons,
                acts := n_actions,
                from_us := from_us,
                span_hours := span_hours,
                acts_per_minute := actions_per_minute,
                gap_spread := gap_spread,
                longest_run := longest_burst,
                products := n_products,
                clicks := n_clicks,
                dwells := n_dwells,
                impressions := n_impressions,
                carts := n_carts,
                clients := n_clients
            )
        ) as varchar
    ) as detail
from scored
