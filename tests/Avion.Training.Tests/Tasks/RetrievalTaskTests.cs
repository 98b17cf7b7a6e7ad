using Avion.Files;

namespace Avion.Training.Tests;

/// <summary>Retrieval training: its loss against the formula, on any number of ranks, and what its files have to say.</summary>
public sealed class RetrievalTaskTests : IDisposable
{
    private const int Clips = 50;

    private readonly TemporaryFolder _folder = new();
    private readonly float[][] _relevancy = Relevancies();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("max_margin")]
    [InlineData("adaptive_margin")]
    [InlineData("multi_similarity")]
    public unsafe void The_loss_of_a_batch_is_that_of_the_formula_on_its_features(string kind)
    {
        Recipe recipe = Recipe("run", $"loss.kind={kind}", "loss.margin=0.5");
        TrainingData data = Data();
        using CpuDevice device = new(2);
        using RetrievalTask task = RetrievalTask.Create(new TaskSetup(recipe, device, data, TaskPurpose.Training));
        using ClipLoader loader = new ClipFeed(recipe, data, task.Clips).OpenTraining(default);
        using ClipBatch batch = loader.Next(TestContext.Current.CancellationToken)!;
        using Tape tape = new(device);
        using SequenceTable captions = new(device);
        using StepMeasurements measured = new(device);
        tape.Begin(new StepContext { IsTraining = true });
        BatchTensors tensors = BatchTensors.Of(batch, tape, captions);
        task.Prepare(tape, tensors);
        float[] loss = new float[1], video = new float[batch.Count * 16], text = new float[batch.Count * 16];
        device.Download(task.Loss(tape, tensors, measured), loss);
        PairFeatures features = task.Features(tape, tensors);
        device.Download(features.Video, video);
        device.Download(features.Text, text);

        (int Row, int Column)[] pairs = [.. Enumerable.Range(0, batch.Count).Select(i => ((int)batch.SampleIds[i], batch.CaptionIds[i]))];
        Assert.Contains(pairs, pair => pair.Column >= SyntheticClips.Levels);
        Assert.Equal(Expected(kind, pairs, video, text), loss[0], 1e-5);
    }

    [Theory]
    [InlineData("loss.kind=multi_similarity", "train.micro_batch_size=2")]
    [InlineData("loss.kind=adaptive_margin", "train.micro_batch_size=4", "train.devices=cpu:2")]
    public void Parts_of_a_batch_have_the_losses_of_the_whole_and_a_stopped_run_goes_on_bit_for_bit(params string[] overrides)
    {
        TrainingOptions options = new() { Data = Data(), ComputeThreads = 2 };
        TrainingRun.Start(Recipe("whole", overrides[0]), options);
        TrainingRun.Start(Recipe("undisturbed", overrides), options);
        double[] Losses(string name) =>
            [.. BrightnessRun.Losses(_folder.File(name)).Select(loss => BitConverter.Int64BitsToDouble(loss.LossBits))];
        Assert.All(Losses("whole").Zip(Losses("undisturbed")),
            pair => Assert.Equal(pair.First, pair.Second, 2e-6 * Math.Max(1, Math.Abs(pair.First))));

        using CancellationTokenSource stop = new();
        RecordingObserver observer = new(step =>
        {
            if (step == 5)
            {
                stop.Cancel();
            }
        });
        Assert.False(TrainingRun.Start(Recipe("run", overrides), options with { Observer = observer }, stop.Token).IsComplete);
        Assert.True(TrainingRun.Resume(_folder.File("run"), options: options).IsComplete);
        Assert.Equal(BrightnessRun.Losses(_folder.File("undisturbed")), BrightnessRun.Losses(_folder.File("run")));
    }

    [Theory]
    [InlineData(2)]
    [InlineData(4)]
    public void Ranks_have_the_losses_of_one_rank_with_the_whole_batch(int ranks)
    {
        double[] Losses(string name, int count)
        {
            TrainingRun.Start(Recipe(name, "loss.kind=multi_similarity", $"train.devices=cpu:{count}"),
                new TrainingOptions { Data = Data(), ComputeThreads = 4 });
            return [.. BrightnessRun.Losses(_folder.File(name)).Select(loss => BitConverter.Int64BitsToDouble(loss.LossBits))];
        }

        double[] expected = Losses("one", 1), actual = Losses("several", ranks);
        Assert.Equal(12, expected.Length);
        Assert.All(expected.Zip(actual), pair => Assert.Equal(pair.First, pair.Second, 2e-6 * Math.Max(1, Math.Abs(pair.First))));
        Assert.True(expected.Distinct().Count() > 6);
    }

    [Fact]
    public void Files_of_the_published_forms_give_captions_with_their_relevancies()
    {
        string sentences = Write("sentences.csv", "narration_id,narration\nP01_0,take cup\nP01_2,wash pan\n");
        string clips = Write("train.csv", Epic("P01_0", "take cup") + Epic("P01_1", "take a cup") + Epic("P01_2", "wash pan"));
        WriteMatrix("relevancy.pkl", [[1, 0.25f, 0], [0.5f, 0, 0], [0.05f, 0.1f, 0.3f]]);
        Recipe recipe = Recipe("run", $"data.train.annotations={clips}", $"data.train.videos={_folder.FullName}",
            $"data.train.sentences={sentences}", $"data.train.relevancy={_folder.File("relevancy.pkl")}", "loss.kind=multi_similarity");
        Directory.CreateDirectory(_folder.File("run"));
        Directory.CreateDirectory(_folder.File("P01", "P01_01.MP4"));
        File.WriteAllText(_folder.File("P01", "P01_01.MP4", "0.MP4"), "not read");
        RetrievalData data = RetrievalData.Open(recipe, _folder.File("run"), TaskPurpose.Training);
        RelevantCaptions relevancy = data.TrainRelevancy!;
        Assert.Equal((3, 3, 1, false), (relevancy.RowCount, relevancy.ColumnCount, relevancy.RowsWithoutSentence, relevancy.AreRounded));
        Assert.Equal([1f, 0.25f, 0f, 0.5f, 0f, 0f, 0.05f, 0.1f, 0.3f],
            relevancy.Codes.ToArray().Select(code => data.TrainRelevancy!.Levels[code]));

        // The last clip is described by the third column alone, which has no sentence, so that it keeps its own caption.
        Assert.Equal(3, data.Train!.Count);
    }

    [Theory]
    [InlineData("loss.kind=adaptive_margin", "compares relevancies: give data.train.relevancy")]
    [InlineData("data.train.sentences=a.csv", "belong together")]
    [InlineData("loss.kind=triplet", "expected one of max_margin, adaptive_margin, multi_similarity")]
    public void What_cannot_be_trained_is_refused_with_the_keys(string change, string expected)
    {
        RecipeException error = Assert.Throws<RecipeException>(() => RecipeReader.Override(NewRecipe(), [change]));
        Assert.Contains(expected, error.Message);
    }

    [Fact]
    public void Matrices_that_do_not_fit_the_files_or_hold_no_relevancies_are_refused()
    {
        string sentences = Write("sentences.csv", "narration_id,narration\nP01_0,take cup\nP01_2,wash pan\n");
        string clips = Write("train.csv", Epic("P01_0", "take cup") + Epic("P01_1", "take a cup"));
        string Message<T>(params float[][] rows) where T : Exception
        {
            WriteMatrix("relevancy.pkl", rows);
            Recipe recipe = Recipe("run", $"data.train.annotations={clips}", $"data.train.videos={_folder.FullName}",
                $"data.train.sentences={sentences}", $"data.train.relevancy={_folder.File("relevancy.pkl")}");
            Directory.CreateDirectory(_folder.File("run"));
            return Assert.Throws<T>(() => RetrievalData.Open(recipe, _folder.File("run"), TaskPurpose.Training)).Message;
        }

        Assert.Contains("is 3 x 2, expected 2 clips", Message<RunException>([1, 0], [0, 1], [0, 0]));
        Assert.Contains("is 2 x 1, expected", Message<RunException>([1], [0]));
        Assert.Contains("row 1: The relevancy in column 1 is NaN", Message<DataException>([1, 0], [0, float.NaN]));
        Assert.Contains("column 0 is 2, expected a number from 0 to 1", Message<DataException>([2, 0], [0, 1]));
    }

    [Fact]
    public void A_matrix_of_many_values_is_rounded_and_one_of_256_is_exact()
    {
        float[] values = [.. Enumerable.Range(0, 256).Select(i => i / 255f)];
        RelevantCaptions exact = new(new CaptionStore(), 0.1f);
        exact.AddRow(values);
        Assert.Equal(values, exact.Codes.ToArray().Select(code => exact.Levels[code]));

        RelevantCaptions rounded = new(new CaptionStore(), 0.1f);
        rounded.AddRow(values);
        float[] more = [.. Enumerable.Range(0, 256).Select(i => (i + 0.5f) / 256)];
        rounded.AddRow(more);
        Assert.True(rounded.AreRounded);
        float[] decoded = [.. rounded.Codes.ToArray().Select(code => rounded.Levels[code])];
        Assert.All(values.Concat(more).Zip(decoded), pair => Assert.Equal(pair.First, pair.Second, 0.5f / 240 + 1e-6f));
    }

    private static Recipe NewRecipe() => TrainingTasks.Find(RetrievalTask.Name)!.NewRecipe();

    private static float[][] Relevancies()
    {
        CounterRandom random = CounterRandom.For(7, "relevancies");
        float[][] rows = new float[Clips][];
        for (int clip = 0; clip < Clips; clip++)
        {
            rows[clip] = new float[SyntheticClips.Levels];
            for (int sentence = 0; sentence < SyntheticClips.Levels; sentence++)
            {
                rows[clip][sentence] = sentence == SyntheticClips.LevelOf(clip) ? 1 : random.Next(5) / 8f;
            }
        }

        return rows;
    }

    private Recipe Recipe(string name, params string[] overrides) => RecipeReader.Override(NewRecipe(),
    [
        "data.train.relevancy=matrix.pkl", "data.train.sentences=sentences.csv",
        .. DualEncoderRunTests.TinyKeys(_folder.File(name)), .. overrides,
    ]);

    private RetrievalData Data()
    {
        CaptionStore sentences = new();
        for (int level = 0; level < SyntheticClips.Levels; level++)
        {
            sentences.Add(new string((char)('a' + level), 3));
        }

        RelevantCaptions relevancy = new(sentences, 0.1f);
        foreach (float[] row in _relevancy)
        {
            relevancy.AddRow(row);
        }

        return new RetrievalData
        {
            Train = new OwnCaptions(),
            Encoder = new SyntheticClips.LetterEncoder(),
            OpenSource = () => new SyntheticClips.Source(),
            VocabularyPath = Write("vocabulary.txt", "#version\n"),
            TrainRelevancy = relevancy,
        };
    }

    private double Expected(string kind, (int Row, int Column)[] pairs, float[] video, float[] text)
    {
        int n = pairs.Length;
        double C(int t, int v) => pairs[t].Column >= SyntheticClips.Levels
            ? t == v ? 1 : 0
            : _relevancy[pairs[v].Row][pairs[t].Column];
        double S(int t, int v) => Enumerable.Range(0, 16).Sum(e => (double)text[(t * 16) + e] * video[(v * 16) + e]);
        double Pair(double own, double other, double d) => kind switch
        {
            "max_margin" => Math.Max(0, 0.5 - d),
            "adaptive_margin" => Math.Max(0, (0.4 * own) - d),
            _ when own - other > 1.1 / 240 => Math.Max(0, (0.6 * (own - other)) - d),
            _ when Math.Abs(own - other) < 1.1 / 240 => Math.Max(0, Math.Abs((0.6 * (own - other)) - d) - 0.1),
            _ => Math.Max(0, d - (0.6 * (own - other))),
        };
        double sum = 0;
        for (int i = 0; i < n; i++)
        {
            for (int j = 0; j < n; j++)
            {
                sum += i == j ? 0 : Pair(C(i, i), C(i, j), S(i, i) - S(i, j)) + Pair(C(i, i), C(j, i), S(i, i) - S(j, i));
            }
        }

        return sum / (2.0 * n * (n - 1));
    }

    private static string Epic(string id, string narration) =>
        $"{id},P01,P01_01,00:00:00.00,00:00:01.00,00:00:02.00,30,60,{narration},take,0,cup,1,['cup'],[1]\n";

    private string Write(string name, string text)
    {
        string header = name.EndsWith("train.csv", StringComparison.Ordinal)
            ? "narration_id,participant_id,video_id,narration_timestamp,start_timestamp,stop_timestamp,start_frame,stop_frame,narration,"
                + "verb,verb_class,noun,noun_class,all_nouns,all_noun_classes\n"
            : "";
        File.WriteAllText(_folder.File(name), header + text);
        return _folder.File(name);
    }

    private void WriteMatrix(string name, float[][] rows) =>
        File.WriteAllBytes(_folder.File(name), NumpyPickle.OfMatrix([.. rows.SelectMany(row => row)], rows.Length, rows[0].Length));

    /// <summary>Clips of which every fifth has a caption that is none of the sentences.</summary>
    private sealed class OwnCaptions : IClipDataset
    {
        private readonly SyntheticClips _clips = new(Clips);

        public int Count => Clips;

        public int LabelCount => 1;

        public void Draw(in SampleKey key, IClipSource videos, ClipRequest request)
        {
            _clips.Draw(key, videos, request);
            request.CaptionId += key.Index % 5 == 0 ? SyntheticClips.Levels : 0;
        }

        public string Describe(in SampleKey key) => _clips.Describe(key);
    }
}
