namespace Avion.Training.Tests;

public sealed class LearningRateScheduleTests
{
    [Fact]
    public void Warmup_and_cosine_match_the_reference_run()
    {
        JsonElement fixture = Fixture.Load("schedule-pretrain.json");
        WarmupCosineSchedule schedule = new(
            fixture.GetProperty("base").GetDouble(),
            fixture.GetProperty("final").GetDouble(),
            fixture.GetProperty("epochs").GetInt32(),
            fixture.GetProperty("iterations_per_epoch").GetInt32(),
            fixture.GetProperty("warmup_epochs").GetDouble(),
            fixture.GetProperty("warmup_start").GetDouble());
        AssertEqual(fixture.GetProperty("values").Doubles(), schedule);
    }

    [Fact]
    public void Cosine_without_warmup_matches_the_reference_run() =>
        AssertEqual(Fixture.Load("misc.json").GetProperty("cosine(1,0,4,3)").Doubles(), new WarmupCosineSchedule(1, 0, 4, 3));

    [Fact]
    public void Cosine_between_equal_values_is_constant_as_in_the_reference()
    {
        double[] expected = Fixture.Load("misc.json").GetProperty("cosine_const").Doubles();
        AssertEqual(expected, new WarmupCosineSchedule(expected[0], expected[0], expected.Length, 1));
        AssertEqual(expected, new ConstantSchedule(expected[0]));
    }

    [Theory]
    [InlineData(0.25)]
    [InlineData(1)]
    [InlineData(5)]
    public void No_step_of_any_warmup_length_is_not_a_number(double warmupEpochs)
    {
        WarmupCosineSchedule schedule = new(1, 0.5, 5, 4, warmupEpochs, 0.25);
        Assert.All(Enumerable.Range(0, 40), step => Assert.InRange(schedule.At(step), 0.25, 1));
    }

    [Fact]
    public void A_recipe_decides_the_schedule()
    {
        Recipe recipe = RecipeReader.Read(
            "optimizer: {learning_rate: 3e-5}\nschedule: {start_learning_rate: 1e-6, end_learning_rate: 1e-5}", "test");
        AssertEqual(Fixture.Load("schedule-pretrain.json").GetProperty("values").Doubles(), LearningRateSchedule.Create(recipe, 4));
        Assert.Equal(3e-5, LearningRateSchedule.Create(RecipeReader.Override(recipe, ["schedule.kind=constant"]), 4).At(0));
    }

    private static void AssertEqual(double[] expected, ILearningRateSchedule schedule)
    {
        for (int step = 0; step < expected.Length; step++)
        {
            Assert.Equal(expected[step], schedule.At(step), 1e-14 * expected[step]);
        }
    }
}
