-- TODO: what its rows are
-- {plain}
-- {plain_2}
-- {root}
-- {rows}
select *
from
    (
        select import_id, line, {root} as scope, key, name, {plain} as value
        from said
        where
            is_text
            and length(value) between 2 and 24
            and regexp_matches(value, '\p{L}')
        union all
        select import_id, line, '', 'brand', '', {plain_2}
        from {rows}
        where length(brand) between 2 and 40
    )
where length(value) > 1
