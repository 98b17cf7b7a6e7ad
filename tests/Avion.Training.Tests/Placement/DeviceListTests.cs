namespace Avion.Training.Tests;

public sealed class DeviceListTests
{
    [Theory]
    [InlineData("cpu", 1, "cpu")]
    [InlineData("cpu:1", 1, "cpu")]
    [InlineData("cpu:2", 2, "cpu:2")]
    [InlineData("cpu:64", 64, "cpu:64")]
    [InlineData("auto", 1, "auto")]
    [InlineData("cuda", 1, "cuda:0")]
    [InlineData("cuda:3", 1, "cuda:3")]
    [InlineData("cuda:1,0", 2, "cuda:1,0")]
    public void A_list_says_how_many_ranks_there_are(string text, int count, string canonical)
    {
        Assert.True(DeviceList.TryParse(text, out DeviceList? devices));
        Assert.Equal((count, canonical), (devices.Count, devices.ToString()));
    }

    [Theory]
    [InlineData("")]
    [InlineData("gpu")]
    [InlineData("cpu:")]
    [InlineData("cpu:0")]
    [InlineData("cpu:-1")]
    [InlineData("cpu:65")]
    [InlineData("cpu:2:2")]
    [InlineData("cpu: 2")]
    [InlineData("cpu:0,1")]
    [InlineData("cuda:")]
    [InlineData("cuda:-1")]
    [InlineData("cuda:64")]
    [InlineData("cuda:0,0")]
    [InlineData("cuda:0,")]
    [InlineData("auto:2")]
    public void Anything_else_is_refused_with_what_is_expected(string text)
    {
        Assert.False(DeviceList.TryParse(text, out _));
        RecipeException error = Assert.Throws<RecipeException>(() => RecipeReader.Override(new Recipe(), [$"train.devices={text}"]));
        Assert.Contains("expected auto, cpu, cpu:N", error.Message);
    }

    [Theory]
    [InlineData(1, 5, new[] { 5 })]
    [InlineData(2, 5, new[] { 3, 2 })]
    [InlineData(3, 7, new[] { 3, 2, 2 })]
    [InlineData(4, 2, new[] { 1, 1, 1, 1 })]
    public void Ranks_share_the_compute_threads(int count, int threads, int[] expected) =>
        Assert.Equal(expected, Enumerable.Range(0, count).Select(rank => new DeviceList(count).ThreadsOf(rank, threads)));

    [Theory]
    [InlineData(3, 8, "set train.batch_size=9 or 6.")]
    [InlineData(8, 3, "set train.batch_size=8.")]
    public void A_batch_that_the_ranks_cannot_share_is_refused_with_one_that_they_can(int count, int batch, string fix)
    {
        Recipe recipe = new() { Train = new TrainRecipe { BatchSize = batch, Devices = $"cpu:{count}" } };
        Assert.Contains(fix, Assert.Throws<RecipeException>(() => recipe.Train.DeviceList.ShareOf(recipe)).Message);
    }
}
