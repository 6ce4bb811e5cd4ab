-- TODO: what its rows are
-- {own}
select grave, count(own.line) as n, list_distinct(flatten(list(fields))) as fields
from
    (
        select
            import_id,
            line,
            max(
                case
                    action
                    when 'erase'
                    then 4
                    when 'quarantine'
                    then 3
                    when 'merge'
                    then 2
                    when 'repair'
                    then 1
                    else 0
                end
            ) as grave,
            list(distinct field) filter (action = 'repair') as fields
        from part
        group by import_id, line
    )
left join (select import_id, line from {own}) as own using (import_id, line)
where grave > 0
group by grave
