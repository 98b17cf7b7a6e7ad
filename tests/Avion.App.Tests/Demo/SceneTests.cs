using System.Security.Cryptography;

namespace Avion.App.Tests;

public sealed class SceneTests
{
    [Fact]
    public void The_same_seed_gives_the_same_frames_and_another_seed_others()
    {
        string first = HashOfFrames(seed: 7), again = HashOfFrames(seed: 7), other = HashOfFrames(seed: 8);
        Assert.Equal(first, again);
        Assert.NotEqual(first, other);
    }

    [Fact]
    public void The_demo_has_at_least_1500_clips_and_100_held_out_captions()
    {
        DemoDataset data = DemoDataset.Draw(DemoTask.Full, seed: 0);
        Assert.True(data.ClipCount >= 1500, $"{data.ClipCount} clips");
        int captions = data.HeldOut.SelectMany(scene => scene.Clips).Select(clip => clip.Caption.Text).Distinct().Count();
        Assert.True(captions >= 100, $"{captions} held-out captions");
    }

    [Fact]
    public void Clips_do_not_overlap_and_some_span_two_chunks()
    {
        DemoTask task = DemoTask.Full;
        int chunkFrames = task.ChunkSeconds * task.FramesPerSecond;
        int spanning = 0;
        foreach (Scene scene in DemoDataset.Draw(task, seed: 1).Training)
        {
            int free = 0;
            foreach (SceneClip clip in scene.Clips)
            {
                Assert.InRange(clip.FirstFrame, free, scene.FrameCount);
                Assert.InRange(clip.EndFrame, clip.FirstFrame + 2, scene.FrameCount);
                spanning += clip.FirstFrame / chunkFrames != (clip.EndFrame - 1) / chunkFrames ? 1 : 0;
                free = clip.EndFrame;
            }
        }
        Assert.True(spanning > 50, $"{spanning} clips span two chunks");
    }

    [Fact]
    public void Each_motion_is_its_opposite_backwards()
    {
        foreach (Motion motion in Motion.All)
        {
            CounterRandom random = new(3, 4), same = new(3, 4);
            Trajectory forward = new(DemoTask.Full, motion, ref random), backward = new(DemoTask.Full, motion.Opposite, ref same);
            foreach (double share in new[] { 0.0, 0.2, 0.5, 0.9, 1.0 })
            {
                (double x, double y, double radius) = forward.At(share);
                (double otherX, double otherY, double otherRadius) = backward.At(1 - share);
                Assert.Equal((x, y, radius), (otherX, otherY, otherRadius), new Close());
            }
        }
    }

    [Fact]
    public void Words_of_motion_agree_with_the_picture()
    {
        CounterRandom random = new(1, 2);
        Dictionary<string, Trajectory> paths = [];
        foreach (Motion motion in Motion.All)
        {
            paths[motion.Phrase] = new Trajectory(DemoTask.Full, motion, ref random);
        }
        Assert.True(paths["moves left"].At(1).X < paths["moves left"].At(0).X - 0.3);
        Assert.True(paths["moves right"].At(1).X > paths["moves right"].At(0).X + 0.3);
        Assert.True(paths["moves up"].At(1).Y < paths["moves up"].At(0).Y - 0.3);
        Assert.True(paths["moves down"].At(1).Y > paths["moves down"].At(0).Y + 0.3);
        Assert.True(paths["grows"].At(1).Radius > 2 * paths["grows"].At(0).Radius);
        Assert.True(paths["shrinks"].At(1).Radius < 0.5 * paths["shrinks"].At(0).Radius);
        Assert.True(TurnOf(paths["circles clockwise"]) > 0);
        Assert.True(TurnOf(paths["circles counterclockwise"]) < 0);
    }

    [Fact]
    public void Objects_stay_inside_the_picture()
    {
        CounterRandom random = new(5, 6);
        for (int draw = 0; draw < 400; draw++)
        {
            Motion motion = Motion.All[draw % Motion.All.Count];
            Trajectory trajectory = new(DemoTask.Full, motion, ref random);
            for (int step = 0; step <= 20; step++)
            {
                (double x, double y, double radius) = trajectory.At(step / 20.0);
                Assert.InRange(x, radius - 1e-9, 1 - radius + 1e-9);
                Assert.InRange(y, radius - 1e-9, 1 - radius + 1e-9);
            }
        }
    }

    [Fact]
    public void A_reversed_caption_differs_in_the_motion_alone_and_is_a_caption_of_the_task()
    {
        HashSet<string> captions = [.. from colour in DemoTask.Full.Colours
                                       from shape in DemoTask.Full.Shapes
                                       from motion in DemoTask.Full.Motions
                                       select new Caption(colour, shape, motion).Text];
        foreach (SceneClip clip in DemoDataset.Draw(DemoTask.Quick, seed: 0).Training.SelectMany(scene => scene.Clips))
        {
            Caption reversed = clip.Caption.Reversed;
            Assert.Equal(clip.Caption.Text[..clip.Caption.Text.IndexOf(clip.Caption.Motion.Phrase, StringComparison.Ordinal)],
                reversed.Text[..reversed.Text.IndexOf(reversed.Motion.Phrase, StringComparison.Ordinal)]);
            Assert.NotEqual(clip.Caption.Text, reversed.Text);
            Assert.Contains(reversed.Text, captions);
            Assert.Equal(clip.Caption, reversed.Reversed);
        }
    }

    [Fact]
    public void The_deck_deals_every_caption_equally_often()
    {
        CaptionDeck deck = new(DemoTask.Full, new CounterRandom(9, 9));
        int size = DemoTask.Full.Colours.Count * DemoTask.Full.Shapes.Count * DemoTask.Full.Motions.Count;
        int[] counts = Enumerable.Range(0, 3 * size)
            .Select(_ => deck.Deal().Text).GroupBy(text => text).Select(group => group.Count()).ToArray();
        Assert.Equal(size, counts.Length);
        Assert.All(counts, count => Assert.Equal(3, count));
    }

    [Fact]
    public void The_four_shapes_cover_about_the_same_area()
    {
        const int steps = 400;
        double[] areas = [.. ObjectShape.All.Select(shape =>
        {
            int inside = 0;
            for (int i = 0; i < steps * steps; i++)
            {
                double x = 4.0 * (i % steps + 0.5) / steps - 2, y = 4.0 * (i / steps + 0.5) / steps - 2;
                inside += shape.Distance(x, y) < 0 ? 1 : 0;
            }
            return inside * 16.0 / (steps * steps);
        })];
        Assert.All(areas, area => Assert.InRange(area, 0.6 * areas.Max(), areas.Max()));
    }

    private static string HashOfFrames(ulong seed)
    {
        Scene scene = DemoDataset.Draw(DemoTask.Quick, seed).HeldOut[1];
        FrameRenderer renderer = new(scene);
        byte[] rgb = new byte[renderer.FrameBytes];
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        for (int frame = 0; frame < 60; frame++)
        {
            renderer.Render(frame, rgb);
            hash.AppendData(rgb);
        }
        return Convert.ToHexString(hash.GetHashAndReset());
    }

    /// <summary>Sign of the turn on a screen whose y points down: positive is clockwise.</summary>
    private static double TurnOf(Trajectory path)
    {
        (double ax, double ay, _) = path.At(0.4);
        (double bx, double by, _) = path.At(0.5);
        (double cx, double cy, _) = path.At(0.6);
        return (bx - ax) * (cy - by) - (by - ay) * (cx - bx);
    }

    private sealed class Close : IEqualityComparer<(double X, double Y, double Radius)>
    {
        public bool Equals((double X, double Y, double Radius) a, (double X, double Y, double Radius) b) =>
            Math.Abs(a.X - b.X) + Math.Abs(a.Y - b.Y) + Math.Abs(a.Radius - b.Radius) < 1e-9;

        public int GetHashCode((double X, double Y, double Radius) value) => 0;
    }
}
