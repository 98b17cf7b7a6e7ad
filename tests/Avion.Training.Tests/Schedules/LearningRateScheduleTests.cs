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

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2.5)]
    public void The_variant_that_reaches_its_end_has_the_peak_once_and_the_end_at_the_last_step(double warmupEpochs)
    {
        const int Epochs = 5, StepsPerEpoch = 4, Steps = Epochs * StepsPerEpoch;
        Recipe recipe = RecipeReader.Override(new Recipe(),
        [
            "optimizer.learning_rate=1", "schedule.start_learning_rate=0.25", "schedule.end_learning_rate=0.1", "schedule.reaches_end=true",
            $"train.epochs={Epochs}", FormattableString.Invariant($"schedule.warmup_epochs={warmupEpochs}"),
        ]);
        ILearningRateSchedule schedule = LearningRateSchedule.Create(recipe, StepsPerEpoch);
        double[] rates = [.. Enumerable.Range(0, Steps).Select(step => schedule.At(step))];
        int peak = (int)(warmupEpochs * StepsPerEpoch);
        Assert.Equal(1, rates[peak]);
        Assert.Single(rates, rate => rate == 1);
        Assert.Equal(0.1, rates[^1]);
        Assert.All(rates[..peak].Index(), item => Assert.Equal(0.25 + (0.75 * item.Index / peak), item.Item, 1e-15));
        Assert.All(rates[peak..].Index(), item =>
            Assert.Equal(0.1 + (0.45 * (1 + Math.Cos(Math.PI * item.Index / (Steps - 1 - peak)))), item.Item, 1e-15));
        Assert.Equal(0.1, schedule.At(Steps + 7));
    }

    [Fact]
    public void Rates_are_multiplied_by_the_batch_over_the_one_they_are_meant_for()
    {
        Recipe recipe = RecipeReader.Read(
            "optimizer: {learning_rate: 3e-5, learning_rate_reference_batch: 128}\ntrain: {batch_size: 512}\n"
            + "schedule: {start_learning_rate: 1e-6, end_learning_rate: 1e-5}", "test");
        double[] fourfold = [.. Fixture.Load("schedule-pretrain.json").GetProperty("values").Doubles().Select(rate => 4 * rate)];
        AssertEqual(fourfold, LearningRateSchedule.Create(recipe, 4));
        Assert.Equal(1.2e-4, LearningRateSchedule.Create(RecipeReader.Override(recipe, ["schedule.kind=constant"]), 4).At(0), 1e-18);
    }

    [Fact]
    public void Weight_decay_follows_the_cosine_of_the_reference_to_its_end()
    {
        Recipe recipe = RecipeReader.Override(new Recipe(),
            ["optimizer.weight_decay=0.5", "optimizer.weight_decay_end=0", "train.epochs=4", "schedule.warmup_epochs=0"]);
        StepSchedule schedule = new(recipe, 3);
        double[] expected = Fixture.Load("misc.json").GetProperty("cosine(1,0,4,3)").Doubles();
        Assert.All(expected.Index(), item => Assert.Equal(item.Item, schedule.At(item.Index).WeightDecayFactor, 1e-14));
        Assert.Equal(1, new StepSchedule(new Recipe(), 3).At(7).WeightDecayFactor);
        Assert.Contains("optimizer.weight_decay is 0", Assert.Throws<RecipeException>(() => RecipeReader.Override(
            recipe, ["optimizer.weight_decay=0", "optimizer.weight_decay_end=0.1"])).Message);
    }

    private static void AssertEqual(double[] expected, ILearningRateSchedule schedule)
    {
        for (int step = 0; step < expected.Length; step++)
        {
            Assert.Equal(expected[step], schedule.At(step), 1e-14 * expected[step]);
        }
    }
}
