namespace Avion.Cli;

/// <summary>Where an object is and how large, while its clip runs.</summary>
internal sealed class Trajectory
{
    private readonly Motion _motion;
    private readonly double _centreX, _centreY, _radius, _extent, _orbitRadius, _middleAngle;

    /// <summary>Draws a path that keeps the whole object inside the picture.</summary>
    public Trajectory(DemoTask task, Motion motion, ref CounterRandom random)
    {
        _motion = motion;
        _radius = task.ObjectRadius.Draw(ref random);
        (double halfWidth, double halfHeight) = (_radius, _radius);
        switch (motion.Path)
        {
            case MotionPath.Horizontal:
                _extent = task.Travel.Draw(ref random);
                halfWidth += _extent / 2;
                break;
            case MotionPath.Vertical:
                _extent = task.Travel.Draw(ref random);
                halfHeight += _extent / 2;
                break;
            case MotionPath.Growth:
                _extent = task.GrowthRatio.Draw(ref random);
                halfWidth = halfHeight = _radius * Math.Sqrt(_extent);
                break;
            case MotionPath.Orbit:
                _extent = task.OrbitDegrees.Draw(ref random) * Math.PI / 180;
                _orbitRadius = task.OrbitRadius.Draw(ref random);
                _middleAngle = (90 + new Interval(-task.OrbitTurnDegrees, task.OrbitTurnDegrees).Draw(ref random)) * Math.PI / 180;
                halfWidth = halfHeight = _radius + _orbitRadius;
                break;
        }
        _centreX = new Interval(halfWidth, 1 - halfWidth).Draw(ref random);
        _centreY = new Interval(halfHeight, 1 - halfHeight).Draw(ref random);
    }

    /// <summary>The object's place at a share of its clip, from 0 (start) to 1 (end).</summary>
    public (double X, double Y, double Radius) At(double share)
    {
        double along = _motion.IsReversed ? 1 - share : share;
        double offset = (along - 0.5) * _extent;
        switch (_motion.Path)
        {
            case MotionPath.Horizontal:
                return (_centreX + offset, _centreY, _radius);
            case MotionPath.Vertical:
                return (_centreX, _centreY + offset, _radius);
            case MotionPath.Growth:
                return (_centreX, _centreY, _radius * Math.Pow(_extent, along - 0.5));
            default:
                // y points down, so a growing angle runs clockwise on the screen.
                double angle = _middleAngle + offset;
                return (_centreX + _orbitRadius * Math.Cos(angle), _centreY + _orbitRadius * Math.Sin(angle), _radius);
        }
    }
}
