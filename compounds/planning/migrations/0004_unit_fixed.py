from django.core.validators import MinValueValidator
from django.db import migrations

import governance.foundation.fields


class Migration(migrations.Migration):
    dependencies = [("planning", "0003_curves")]

    operations = [
        migrations.AddField(
            model_name="norms",
            name="unit_fixed",
            field=governance.foundation.fields.FixedPointField(
                default=0,
                places=2,
                validators=[MinValueValidator(0)],
                verbose_name="running a bundle by the unit's own company (yuan/month)",
            ),
        ),
    ]
