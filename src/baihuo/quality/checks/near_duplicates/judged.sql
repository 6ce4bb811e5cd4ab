-- TODO: what its rows are
-- {certain_above}
-- {evidence}
-- {likely_above}
-- {max_model}
-- {max_price_ratio}
-- {max_sharing}
-- {max_value}
-- {min_title}
-- {same_price_ratio}
-- {same_value}
with
    said as (select n, unnest(names) as name, unnest("values") as value from suspects),
    attributes as (
        select
            a,
            b,
            count(*) filter (is_same) as n_same,
            count(*) filter (not is_same and not is_prose) as n_other,
            count(*) filter (not is_same and is_prose) as n_prose
        from
            (
                select
                    a,
                    b,
                    {same_value} as is_same,
                    greatest(length(x.value), length(y.value)) > {max_value} as is_prose
                from pairs
                join said x on x.n = a
                join said y on y.n = b and y.name = x.name
            )
        group by a, b
    ),
    models as (
        select brand, model, count(*) as n_sharing
        from suspects
        where model is not null
        group by brand, model
    ),
    shared as (
        select image
        from (select unnest(images) as image from suspects)
        group by image
        having count(*) between 2 and {max_sharing}
    ),
    own as (
        select n, list(image) as images
        from (select n, unnest(images) as image from suspects)
        semi join shared using (image)
        group by n
    ),
    told as (
        select
            p.a,
            p.b,
            similarity,
            n_lone_marks,
            is_swapped,
            x.listing = y.listing as is_same_listing,
            coalesce(n_same, 0) as n_same,
            coalesce(n_other, 0) as n_other,
            coalesce(n_prose, 0) as n_prose,
            x.brand <> y.brand
            and x.is_han = y.is_han
            and not contains(x.brand, y.brand)
            and not contains(y.brand, x.brand) as other_brand,
            x.model <> y.model
            and not (
                least(length(x.model), length(y.model)) >= 3
                and (ends_with(x.model, y.model) or ends_with(y.model, x.model))
            ) as other_model,
            x.model = y.model
            and length(x.model) >= 4
            and regexp_matches(x.model, '[0-9]')
            and m.n_sharing <= {max_model} as has_model,
            x.model = y.model
            and x.is_part_number
            and y.is_part_number as has_part_number,
            list_has_any(x.gtins || x.own_codes, y.gtins || y.own_codes) as has_code,
            len(x.gtins) > 0 and len(y.gtins) > 0 and not has_code as other_code,
            len(x.own_codes) > 0
            and len(y.own_codes) > 0
            and not has_code as other_own_code,
            coalesce(n_same, 0)
            >= greatest(2, len(x.names) / 2, len(y.names) / 2) as has_attributes,
            list_has_any(x.told, y.told) as has_description,
            x.forms <> y.forms as other_forms,
            x.forms = y.forms as has_variants,
            ix.images is not null
            and iy.images is not null
            and list_has_any(ix.images, iy.images)
            or alike.a is not null as has_picture,
            split_part(x.category, ' > ', 1)
            <> split_part(y.category, ' > ', 1) as other_category,
            least(x.n_letters, y.n_letters) >= {min_title} as is_long,
            case
                when
                    x.currency is not distinct from y.currency
                    and x.price_minor > 0
                    and y.price_minor > 0
                then
                    greatest(x.price_minor, y.price_minor)
                    / least(x.price_minor, y.price_minor)
            end as ratio
        from pairs p
        join suspects x on x.n = p.a
        join suspects y on y.n = p.b
        left join attributes using (a, b)
        left join alike using (a, b)
        left join own ix on ix.n = p.a
        left join own iy on iy.n = p.b
        left join models m on m.brand is not distinct from x.brand and m.model = x.model
    ),
    facts as (
        select
            columns('^(?:[^oh]|h[^a]|o[^t]).*'),
            coalesce(columns('^(?:other|has)_.*'), false),
            coalesce(ratio <= {max_price_ratio}, false) as has_price,
            coalesce(ratio > {max_price_ratio}, false) as is_price_off,
            coalesce(ratio <= {same_price_ratio}, false) as is_same_price
        from told
    ),
    weighed as (
        select
            *,
            has_code::int
            + has_model::int
            + has_attributes::int
            + has_description::int as n_support,
            other_brand or other_model or n_other > 0 as is_other,
            is_swapped
            or is_price_off
            or other_forms
            or other_category
            or other_own_code
            or other_code
            or n_prose > 0
            or (
                n_lone_marks > 0 and not has_code and not has_part_number
            ) as is_doubtful
        from facts
    )
select
    a,
    b,
    similarity,
    is_same_listing,
    case
        when is_other
        then 'no'
        when
            not is_doubtful
            and (
                has_code
                or has_model
                and (has_attributes or has_description or has_price)
                or similarity >= {certain_above}
                and is_same_price
                and (has_attributes or has_description)
                or similarity >= 0.95
                and is_same_price
                and has_picture
            )
        then 'certain'
        when other_code and not (has_part_number and n_same >= 3 and n_lone_marks = 0)
        then 'no'
        when (other_own_code or other_code) and not (n_support >= 2 and has_price)
        then 'no'
        when n_support >= 2 and (not is_swapped or similarity >= {certain_above})
        then 'likely'
        when
            not is_swapped
            and not is_price_off
            and n_lone_marks = 0
            and similarity >= {likely_above}
            and (
                n_support >= 1 or has_picture or has_price or similarity = 1 and is_long
            )
        then 'likely'
        else 'no'
    end as verdict,
    concat_ws(', ', {evidence}) as evidence
from weighed
order by a, b
