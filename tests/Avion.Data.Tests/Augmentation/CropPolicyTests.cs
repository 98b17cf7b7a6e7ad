namespace Avion.Data.Tests;

public sealed class CropPolicyTests
{
    private static readonly (int Width, int Height)[] s_frames =
        [(426, 320), (320, 426), (1, 1), (3, 2000), (2000, 3), (224, 224), (455, 256)];

    public static TheoryData<string> Policies => ["random resized", "small area", "multi-scale", "centre", "fixed size", "three", "whole"];

    [Theory]
    [MemberData(nameof(Policies))]
    public void Boxes_lie_inside_the_frame(string policy)
    {
        foreach ((int width, int height) in s_frames)
        {
            foreach (FrameTransform transform in Draw(Make(policy), width, height, 500))
            {
                CropBox box = transform.Crop;
                Assert.InRange(box.X, 0, width - box.Width);
                Assert.InRange(box.Y, 0, height - box.Height);
                Assert.InRange(box.Width, 1, width);
                Assert.InRange(box.Height, 1, height);
                Assert.Equal((224, 200), (transform.OutputWidth, transform.OutputHeight));
            }
        }
    }

    [Fact]
    public void Random_resized_boxes_have_uniform_area_and_log_uniform_aspect()
    {
        // In a square frame areas up to 0.75 always fit; 0.25 to 0.7 is not bent by rejected draws.
        CropBox[] boxes = [.. Draw(new RandomResizedCrop(0.25, 0.7), 1000, 1000, 20000).Select(transform => transform.Crop)];
        double[] areas = [.. boxes.Select(box => ((box.Width * (double)box.Height / 1e6) - 0.25) / 0.45)];
        double[] aspects = [.. boxes.Select(box => (Math.Log(box.Width / (double)box.Height) - Math.Log(0.75)) / Math.Log(16.0 / 9))];
        double[] places = [.. boxes.Select(box => box.X / (double)(1000 - box.Width))];
        foreach (double[] values in new[] { areas, aspects, places })
        {
            // Kolmogorov-Smirnov: 1.95 / √n is exceeded by chance once in a thousand; rounding to pixels adds a little.
            Assert.InRange(DistanceFromUniform(values), 0, (1.95 / Math.Sqrt(values.Length)) + 0.004);
        }
    }

    [Fact]
    public void A_frame_that_no_draw_fits_gives_the_largest_centred_box_of_allowed_shape()
    {
        CropBox box = Assert.Single(Draw(new RandomResizedCrop(1, 1), 1000, 100, 20).Select(transform => transform.Crop).Distinct());
        Assert.Equal(new CropBox((1000 - 133) / 2, 0, 133, 100), box);
    }

    [Fact]
    public void Multi_scale_sizes_and_places_are_those_of_the_reference()
    {
        (int, int)[] expected =
            [(211, 211), (211, 240), (240, 211), (240, 240), (240, 280), (280, 240), (280, 280), (280, 320), (320, 280), (320, 320)];
        CropBox[] boxes = [.. Draw(new MultiScaleCrop(), 426, 320, 20000).Select(transform => transform.Crop)];
        Assert.Equal(expected, boxes.Select(box => (box.Width, box.Height)).Distinct().Order());

        // Every combination of size and place is equally likely: 13 places of 20,000 / 130 draws each, give or take 5 standard
        // deviations.
        Dictionary<(int X, int Y), int> combinations = boxes
            .Where(box => box.Width == 240 && box.Height == 240).GroupBy(box => (box.X, box.Y))
            .ToDictionary(group => group.Key, group => group.Count());
        Assert.Equal(13, combinations.Count);
        Assert.Contains((184, 80), combinations.Keys.Select(place => (place.X, place.Y)));
        Assert.Contains((46, 20), combinations.Keys.Select(place => (place.X, place.Y)));
        Assert.All(combinations.Values, count => Assert.InRange(count, 154 - 62, 154 + 62));
    }

    [Theory]
    [InlineData(298, 224, new[] { 0, 37, 74 })]
    [InlineData(399, 224, new[] { 0, 88, 175 })]
    [InlineData(224, 224, new[] { 0, 0, 0 })]
    public void Three_crops_are_those_of_the_reference(int length, int side, int[] offsets)
    {
        CounterRandom random = new(1, 1);
        for (int view = 0; view < 3; view++)
        {
            Assert.Equal(new CropBox(offsets[view], 0, side, side), new SpacedCrop(3).Choose(length, side, 224, 224, view, ref random).Crop);
            Assert.Equal(new CropBox(0, offsets[view], side, side), new SpacedCrop(3).Choose(side, length, 224, 224, view, ref random).Crop);
        }
    }

    [Theory]
    [InlineData(2, new[] { 0, 100 })]
    [InlineData(4, new[] { 0, 34, 67, 100 })]
    public void Any_number_of_crops_reaches_from_end_to_end(int places, int[] offsets)
    {
        CounterRandom random = new(1, 1);
        SpacedCrop crop = new(places);
        Assert.Equal(places, crop.ViewCount);
        Assert.Equal(offsets, Enumerable.Range(0, places).Select(view => crop.Choose(324, 224, 64, 64, view, ref random).Crop.X));
    }

    [Fact]
    public void Sizes_within_three_pixels_of_the_output_are_the_output()
    {
        CounterRandom random = new(1, 1);
        MultiScaleCrop crop = new();
        int[] sizes = [.. Enumerable.Range(0, 500).Select(_ => crop.Choose(299, 299, 224, 224, 0, ref random).Crop.Width).Distinct().Order()];

        // 299·{0.66, 0.75, 0.875, 1} = 197, 224.25, 261, 299; for an output of 112 nothing is near.
        Assert.Equal([197, 224, 261, 299], sizes);
        int[] small = [.. Enumerable.Range(0, 500).Select(_ => crop.Choose(151, 151, 112, 112, 0, ref random).Crop.Width).Distinct().Order()];
        Assert.Equal([99, 112, 132, 151], small);
    }

    [Fact]
    public void The_centre_crop_takes_the_largest_box_of_its_shape()
    {
        CounterRandom random = new(1, 1);
        Assert.Equal(new CropBox(53, 0, 320, 320), new CentreCrop().Choose(426, 320, 224, 224, 0, ref random).Crop);
        Assert.Equal(new CropBox(0, 40, 320, 240), new CentreCrop(4.0 / 3).Choose(320, 320, 224, 168, 0, ref random).Crop);
        Assert.Equal(new CropBox(101, 48, 224, 224), new CentreCrop(size: 224).Choose(426, 320, 224, 224, 0, ref random).Crop);
    }

    [Fact]
    public void Half_of_the_clips_are_mirrored_when_asked_and_none_otherwise()
    {
        Assert.InRange(Draw(new MultiScaleCrop { FlipProbability = 0.5 }, 426, 320, 10000).Count(transform => transform.Flip), 4750, 5250);
        Assert.DoesNotContain(Draw(new RandomResizedCrop(), 426, 320, 1000), transform => transform.Flip);
    }

    private static CropPolicy Make(string policy) => policy switch
    {
        "random resized" => new RandomResizedCrop(),
        "small area" => new RandomResizedCrop(0.08) { FlipProbability = 0.5 },
        "multi-scale" => new MultiScaleCrop(),
        "centre" => new CentreCrop(),
        "fixed size" => new CentreCrop(size: 224),
        "three" => new SpacedCrop(3),
        _ => new WholeFrame(),
    };

    private static IEnumerable<FrameTransform> Draw(CropPolicy policy, int width, int height, int count)
    {
        for (int index = 0; index < count; index++)
        {
            CounterRandom random = new SampleKey(17, 0, index).Open("crop");
            yield return policy.Choose(width, height, 224, 200, index % policy.ViewCount, ref random);
        }
    }

    private static double DistanceFromUniform(double[] values)
    {
        double[] sorted = [.. values.Order()];
        double count = sorted.Length;
        return sorted.Select((value, i) => Math.Max(Math.Abs(value - (i / count)), Math.Abs(value - ((i + 1) / count)))).Max();
    }
}
