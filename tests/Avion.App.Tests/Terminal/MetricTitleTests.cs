namespace Avion.App.Tests;

public sealed class MetricTitleTests
{
    [Theory]
    [InlineData("zero_shot_top1", "zero-shot top-1 accuracy")]
    [InlineData("zero_shot_top5", "zero-shot top-5 accuracy")]
    [InlineData("top5_of_mean_logits", "top-5 accuracy of mean logits")]
    [InlineData("recall_at_5_t2v", "recall@5 text to video")]
    [InlineData("map_average", "mAP average")]
    public void A_name_is_written_as_tasks_title_their_metrics(string name, string title) => Assert.Equal(title, MetricTitle.Of(name));
}
