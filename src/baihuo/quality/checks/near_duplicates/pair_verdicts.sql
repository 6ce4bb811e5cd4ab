-- Candidate pairs with a verdict (certain, likely, no) and the evidence for it: a,
-- b, similarity, verdict, evidence.
--
-- {same_value} whether attribute values x.value and y.value are equal
-- {max_value_chars} characters of a value; a longer one is prose
-- {max_image_listings} listings with one image; an image of more is no evidence
-- {max_model_listings} listings of a brand with one model; a model of more is no
-- evidence
-- {min_title_letters} letters of an equal title that is evidence by itself
-- {max_price_ratio} of the higher price to the lower; above, prices contradict
-- each other
-- {same_price_ratio} of the higher price to the lower; up to it, prices are the
-- same
-- {certain_above} similarity of titles, 0 to 1
-- {likely_above} similarity of titles, 0 to 1
-- {evidence_names} a list of the names of what is equal, null where it is not
with
    attribute_values as (
        select n, unnest(names) as name, unnest("values") as value
        from candidate_listings
    ),
    attributes as (
        select
            a,
            b,
            count(*) filter (is_same) as n_same,
            count(*) filter (not is_same and not is_prose) as n_different,
            count(*) filter (not is_same and is_prose) as n_different_prose
        from
            (
                select
                    a,
                    b,
                    {same_value} as is_same,
                    greatest(length(x.value), length(y.value))
                    > {max_value_chars} as is_prose
                from pairs
                join attribute_values x on x.n = a
                join attribute_values y on y.n = b and y.name = x.name
            )
        group by a, b
    ),
    models as (
        select brand, model, count(*) as n_sharing
        from candidate_listings
        where model is not null
        group by brand, model
    ),
    shared_image_names as (
        select image
        from (select unnest(images) as image from candidate_listings)
        group by image
        having count(*) between 2 and {max_image_listings}
    ),
    shared_images as (
        select n, list(image) as images
        from (select n, unnest(images) as image from candidate_listings)
        semi join shared_image_names using (image)
        group by n
    ),
    compared as (
        select
            p.a,
            p.b,
            similarity,
            n_lone_marks,
            is_swapped,
            coalesce(n_same, 0) as n_same,
            coalesce(n_different, 0) as n_different,
            coalesce(n_different_prose, 0) as n_different_prose,
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
            and m.n_sharing <= {max_model_listings} as has_model,
            x.model = y.model
            and x.is_part_number
            and y.is_part_number as has_part_number,
            list_has_any(
                x.gtins || x.internal_codes, y.gtins || y.internal_codes
            ) as has_code,
            len(x.gtins) > 0 and len(y.gtins) > 0 and not has_code as other_code,
            len(x.internal_codes) > 0
            and len(y.internal_codes) > 0
            and not has_code as other_internal_code,
            coalesce(n_same, 0)
            >= greatest(2, len(x.names) / 2, len(y.names) / 2) as has_attributes,
            list_has_any(x.descriptions, y.descriptions) as has_description,
            x.variants <> y.variants as other_variants,
            x.variants = y.variants as has_variants,
            ix.images is not null
            and iy.images is not null
            and list_has_any(ix.images, iy.images)
            or c.verdict = 'same' as has_picture,
            e.a is not null as has_equal_values,
            c.verdict = 'other' as other_picture,
            c.verdict in ('other', 'unclear') as other_view,
            split_part(x.category, ' > ', 1)
            <> split_part(y.category, ' > ', 1) as other_category,
            least(x.n_letters, y.n_letters) >= {min_title_letters} as is_long,
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
        join candidate_listings x on x.n = p.a
        join candidate_listings y on y.n = p.b
        left join attributes using (a, b)
        left join compared_pictures as c using (a, b)
        left join equal_otherwise as e using (a, b)
        left join shared_images ix on ix.n = p.a
        left join shared_images iy on iy.n = p.b
        left join models m on m.brand is not distinct from x.brand and m.model = x.model
    ),
    facts as (
        select
            columns('^(?:[^oh]|h[^a]|o[^t]).*'),
            coalesce(columns('^(?:other|has)_.*'), false),
            coalesce(ratio <= {max_price_ratio}, false) as has_price,
            coalesce(ratio > {max_price_ratio}, false) as is_price_far,
            coalesce(ratio <= {same_price_ratio}, false) as is_same_price
        from compared
    ),
    evidence as (
        select
            *,
            has_code::int
            + has_model::int
            + has_attributes::int
            + has_description::int as n_support,
            other_brand or other_model or n_different > 0 as is_other,
            is_swapped
            or is_price_far
            or other_variants
            or other_category
            or other_internal_code
            or other_code
            or other_picture
            or n_different_prose > 0
            or (
                n_lone_marks > 0 and not has_code and not has_part_number
            ) as is_doubtful
        from facts
    )
select
    a,
    b,
    similarity,
    case
        when is_other
        then 'no'
        when
            not is_doubtful
            and (
                has_code
                or not other_view
                and has_model
                and (has_attributes or has_description or has_price)
                or not other_view
                and similarity >= {certain_above}
                and is_same_price
                and (has_attributes or has_description)
                or similarity >= 0.95
                and is_same_price
                and has_picture
            )
        then 'certain'
        when other_code and not (has_part_number and n_same >= 3 and n_lone_marks = 0)
        then 'no'
        when (other_internal_code or other_code) and not (n_support >= 2 and has_price)
        then 'no'
        when n_support >= 2 and (not is_swapped or similarity >= {certain_above})
        then 'likely'
        when
            has_equal_values
            and has_attributes
            and is_same_price
            and n_different_prose = 0
            and not (other_variants or other_category or other_picture)
        then 'likely'
        when
            not is_swapped
            and not is_price_far
            and n_lone_marks = 0
            and similarity >= {likely_above}
            and (
                n_support >= 1 or has_picture or has_price or similarity = 1 and is_long
            )
        then 'likely'
        else 'no'
    end as verdict,
    concat_ws(', ', {evidence_names}) as evidence
from evidence
order by a, b
