-- TODO: what its rows are
-- {min_name}
select product_id, 'id' as way, product_id as name
from catalogue
union all
select product_id, 'code', unnest(codes)
from catalogue
union all
select product_id, 'model', model
from catalogue
where length(model) >= {min_name}
union all
select product_id, 'title', title_en
from catalogue
where length(title_en) >= {min_name}
union all
select product_id, 'title', title_zh
from catalogue
where length(title_zh) >= {min_name}
union all
select product_id, 'variant', json_extract_string(variant, '$.variant_id')
from forms
union all
select
    product_id,
    'code',
    unnest(cast(json_extract_string(variant, '$.codes[*]') as varchar[]))
from forms
