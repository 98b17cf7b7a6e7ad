namespace Avion.Training.Tests;

public sealed class ClassificationEvaluatorTests
{
    private const int Classes = 6, Clips = 40, Views = 3;

    private static readonly RecordingObserver s_observer = new();

    [Fact]
    public void Views_of_a_clip_are_averaged_by_probability_and_by_logit()
    {
        Dictionary<string, double> actual = Run(new Answers(), Views);
        double[][] logits = [.. Enumerable.Range(0, Clips * Views).Select(Answers.LogitsOf)];
        int byProbability = 0, byLogit = 0;
        for (int clip = 0; clip < Clips; clip++)
        {
            double[][] views = logits[(clip * Views)..((clip + 1) * Views)];
            byProbability += Best(c => views.Average(view => Softmax(view)[c])) == Answers.LabelOf(clip) ? 1 : 0;
            byLogit += Best(c => views.Average(view => view[c])) == Answers.LabelOf(clip) ? 1 : 0;
        }

        Assert.NotEqual(byProbability, byLogit);
        Assert.Equal(byProbability / (double)Clips, actual["top1"], 1e-12);
        Assert.Equal(byLogit / (double)Clips, actual["top1_of_mean_logits"], 1e-12);
        Assert.Equal((Clips, 0.0), (actual["clips"], actual["unreadable_clips"]));
    }

    [Fact]
    public void Unreadable_views_are_left_out_and_clips_without_any_are_counted()
    {
        // All views of clip 0, and one of clip 4.
        Answers answers = new() { IsBad = sample => sample is 0 or 1 or 2 or 13 };
        Dictionary<string, double> actual = Run(answers, Views);
        int right = 0;
        for (int clip = 1; clip < Clips; clip++)
        {
            double[][] views =
                [.. Enumerable.Range(clip * Views, Views).Where(sample => !answers.IsBad(sample)).Select(Answers.LogitsOf)];
            right += Best(c => views.Average(view => Softmax(view)[c])) == Answers.LabelOf(clip) ? 1 : 0;
        }

        Assert.Equal((Clips - 1, 1.0), (actual["clips"], actual["unreadable_clips"]));
        Assert.Equal(right / (Clips - 1.0), actual["top1"], 1e-12);
    }

    [Fact]
    public void Nothing_readable_is_an_error_that_says_why()
    {
        RunException error = Assert.Throws<RunException>(() => Run(new Answers { IsBad = _ => true }, Views));
        Assert.Contains("None of the 40 clips to evaluate on could be read; the first is sample 0", error.Message);
    }

    [Fact]
    public void Clips_without_a_label_are_left_out_and_counted()
    {
        Dictionary<string, double> actual = Run(new Answers { Unlabelled = 4 }, views: 1);
        Assert.Equal((Clips * Views) - 4, actual["clips"]);
        Assert.Equal(4, actual["unlabelled_clips"]);
    }

    /// <summary>Only the scores of clips without labels are known: there is nothing to be right or wrong about.</summary>
    [Fact]
    public void Clips_without_labels_have_scores_and_no_metrics()
    {
        EpicKitchensClasses actions = EpicKitchensClasses.Of(new ClassList("action", ["0:0", "0:2", "3:0", "3:2", "10:5", "1:2"]));
        EvaluationOutputs outputs = new();
        Dictionary<string, double> actual = Run(new Answers { Actions = actions, HasNoLabels = true }, views: 1, outputs, actions);
        Assert.Equal(["clips", "unreadable_clips", "unlabelled_clips"], actual.Keys);
        Assert.Equal((0, Clips * Views), ((int)actual["clips"], (int)actual["unlabelled_clips"]));
        EvaluationOutputs labelled = new();
        Run(new Answers { Actions = actions }, views: 1, labelled, actions);
        Assert.Equal(labelled.Tables.Select(table => table.Name), outputs.Tables.Select(table => table.Name));
        Assert.All(outputs.Tables, table =>
        {
            Assert.Equal(labelled.Find(table.Name)!.Values, table.Values);
            Assert.All(table.Truth!, truth => Assert.Equal(-1, truth));
        });
    }

    [Fact]
    public void Verbs_and_nouns_follow_from_actions()
    {
        using TemporaryFolder folder = new();
        (int Verb, int Noun)[] pairs = [(0, 0), (0, 2), (3, 0), (3, 2), (10, 5), (1, 2)];
        string[] rows = [.. pairs.Select((pair, i) =>
            $"P01_{i},P01,P01_01,00:00:00.00,00:00:00.00,00:00:01.00,0,30,x,v,{pair.Verb},n,{pair.Noun},[],[]")];
        const string header = "narration_id,participant_id,video_id,t,a,b,c,d,narration,v,vc,n,nc,an,anc";
        File.WriteAllLines(folder.File("clips.csv"), [header, .. rows]);
        EpicKitchensClasses actions = EpicKitchensClasses.Read(folder.File("clips.csv"));
        EvaluationOutputs outputs = new();
        Dictionary<string, double> actual = Run(new Answers { Actions = actions }, views: 1, outputs, actions);
        int verbs = 0, nouns = 0, samples = Clips * Views;
        for (int sample = 0; sample < samples; sample++)
        {
            double[] p = Softmax(Answers.LogitsOf(sample));
            int BestPart(int count, Func<int, int> partOf) => Enumerable.Range(0, count)
                .MaxBy(part => Enumerable.Range(0, Classes).Where(action => partOf(action) == part).Sum(action => p[action]));
            int label = Answers.LabelOf(sample);
            verbs += BestPart(11, action => actions.VerbOfAction[action]) == actions.VerbOfAction[label] ? 1 : 0;
            nouns += BestPart(6, action => actions.NounOfAction[action]) == actions.NounOfAction[label] ? 1 : 0;
        }

        Assert.Equal((verbs / (double)samples, nouns / (double)samples), (actual["verb_top1"], actual["noun_top1"]));
        Assert.Equal((1.0 / 11, 1.0 / 6), (actual["verb_top1_chance"], actual["noun_top1_chance"]));
        Assert.Equal(["action", "verb", "noun"], outputs.Tables.Select(table => table.Name));
        OutputTable table = outputs.Find("verb")!;
        Assert.Equal((samples, 11), (table.RowNames.Count, table.ColumnCount));

        // Verbs 2 and 4 to 9 have no action.
        Assert.Equal(0, table.Row(3)[2]);
        Assert.Equal(1, table.Row(3).ToArray().Sum(), 1e-5);
    }

    private static int Best(Func<int, double> score) => Enumerable.Range(0, Classes).MaxBy(score);

    private static double[] Softmax(double[] logits)
    {
        double sum = logits.Sum(Math.Exp);
        return [.. logits.Select(logit => Math.Exp(logit) / sum)];
    }

    private static Dictionary<string, double> Run(
        Answers answers, int views, EvaluationOutputs? outputs = null, EpicKitchensClasses? actions = null)
    {
        using CpuDevice device = new(1);
        int samples = Clips * Views;
        LoaderOptions options = new()
        {
            FrameCount = 1, Height = 2, Width = 2, BadClips = BadClipPolicy.Mark, MaximumBadFraction = 1, DecodeThreads = 2,
        };
        ClassificationEvaluator evaluator = new(device, Answers.Classify, Classes,
            () => new ClipLoader(answers, new BatchPlan(samples, 4, 0, shuffle: false, dropLast: false), null, () => answers, options,
                endEpoch: 1), samples)
        {
            Views = views, Actions = actions, Outputs = outputs, Classes = actions?.Actions, LabelIndex = actions is null ? 0 : 2,
        };
        answers.ViewCount = views;
        return evaluator.Run(s_observer, TestContext.Current.CancellationToken).ToDictionary(metric => metric.Name, metric => metric.Value);
    }

    /// <summary>Samples whose first pixel is their number, and a model that answers by it.</summary>
    private sealed class Answers : IClipDataset, IClipSource
    {
        public Func<long, bool> IsBad { get; init; } = _ => false;

        public int Unlabelled { get; init; }

        public int ViewCount { get; set; } = 1;

        public EpicKitchensClasses? Actions { get; init; }

        public int Count => Clips * Views;

        public bool HasNoLabels { get; init; }

        public int LabelCount => HasNoLabels ? 0 : Actions is null ? 1 : 3;

        public static int LabelOf(long clip) => (int)(CounterRandom.Mix((ulong)clip) % Classes);

        /// <summary>One view is sure, the others hesitate: means of logits and of probabilities differ.</summary>
        public static double[] LogitsOf(int sample)
        {
            CounterRandom random = CounterRandom.For(14, "logits", (ulong)sample);
            double[] logits = new double[Classes];
            for (int c = 0; c < Classes; c++)
            {
                logits[c] = (float)(random.NextGaussian() * (sample % 3 == 0 ? 6 : 1));
            }

            return logits;
        }

        public static unsafe Tensor Classify(Tape tape, Tensor pixels)
        {
            int count = pixels.Shape[0];
            Tensor logits = tape.Allocate(new Shape(count, Classes));
            float[] values = new float[count * Classes];
            for (int clip = 0; clip < count; clip++)
            {
                int sample = ((byte*)pixels.Data)[clip * (pixels.Count / count)];
                LogitsOf(sample).Select(logit => (float)logit).ToArray().CopyTo(values, clip * Classes);
            }

            tape.Device.Upload(values, logits);
            return logits;
        }

        public void Draw(in SampleKey key, IClipSource videos, ClipRequest request)
        {
            request.SampleId = key.Index;
            int label = LabelOf(key.Index / ViewCount);
            if (HasNoLabels)
            {
                Assert.True(request.Labels.IsEmpty);
            }
            else if (Actions is null)
            {
                request.Labels[0] = key.Index < Unlabelled ? -1 : label;
            }
            else
            {
                (request.Labels[0], request.Labels[1]) = (Actions.VerbOfAction[label], Actions.NounOfAction[label]);
                request.Labels[2] = label;
            }

            request.Frames[0] = key.Index;
            request.Transform = new FrameTransform(new CropBox(0, 0, 2, 2), 2, 2);
            request.Segments.Add(new ClipSegment(new VideoSource("/video"), 0, 1));
        }

        public string Describe(in SampleKey key) => $"sample {key.Index}";

        public VideoShape GetShape(in VideoSource video) => new(2, 2, 1000, 30);

        public void Read(in VideoSource video, ReadOnlySpan<int> frames, in FrameTransform transform, Span<byte> destination,
            CancellationToken cancellation)
        {
            if (IsBad(frames[0]))
            {
                throw new DataException("the file is damaged");
            }

            destination.Fill((byte)frames[0]);
        }

        public void Dispose()
        {
        }
    }
}
