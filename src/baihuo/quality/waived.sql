-- TODO: what its rows are
-- {select}
select
    import_id,
    line,
    rule,
    case when w.why is null then action else 'note' end as action,
    case when w.why is null then field end as field,
    case when w.why is null then new end as new,
    case
        when w.why is null
        then detail
        else
            cast(
                to_json(
                    struct_pack(
                        waived := f.action,
                        "by" := w."by",
                        why := w.why,
                        found := cast(f.detail as json)
                    )
                ) as varchar
            )
    end as detail
from ({select}) as f
left join waived as w using (import_id, line, rule)
